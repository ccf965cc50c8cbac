"""What docs/inbox.md says of keys is what the page does."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def test_the_guide_names_the_keys_that_the_page_lists():
    table = (ROOT / "docs" / "inbox.md").read_text().partition("## Keys")[2]
    guide = set(re.findall(r"`(.)`", table))
    page = set(re.findall(r"<kbd>(.)</kbd>", (ROOT / "templates/inbox/_keys.html").read_text()))

    assert guide == page
