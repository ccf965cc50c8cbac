"""What docs/inbox.md says of keys is what the page does."""

import re
from pathlib import Path

from boxes.inbox.keys import KEYS

ROOT = Path(__file__).resolve().parents[3]


def test_the_guide_names_the_keys_of_the_table():
    table = (ROOT / "docs" / "inbox.md").read_text().partition("## Keys")[2]

    assert set(re.findall(r"`([^`]+)`", table)) == {key.pressed for key in KEYS}


def test_the_script_does_what_the_table_says(settings):
    """Each verb is one of the script's own, or the mark of a button or link on a page."""
    script = (ROOT / "static" / "js" / "keys.js").read_text()
    own = set(re.findall(r"^    (\w+): \(\) =>", script, re.M)) | {"keys", "archived"}
    pages = [page.read_text() for page in (ROOT / "templates" / "inbox").iterdir()]
    marks = {mark for page in pages for mark in re.findall(r'data-key="(\w+)"', page)}

    assert {key.does for key in KEYS} <= own | marks
    assert marks <= {key.does for key in KEYS}
