"""Whatever a page, a form or an answer says in English is there in Dutch too."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import trans_real

CALLS = {"_", "Sentence", *(f"{n}gettext{how}" for n in ("", "n") for how in ("", "_lazy"))}
CALLS |= {"gettext_noop", "pgettext", "pgettext_lazy"}
SAID = re.compile(
    r"""{% translate (?:"(.*?)"|'(.*?)')[^%]*%}"""
    r"|{% blocktranslate[^%]*%}(.*?)(?:{% plural %}.*?)?{% endblocktranslate %}",
    re.DOTALL,
)
CODE = [
    path
    for folder in ("boxes", "transports", "viewer", "messagebox")
    for path in sorted((settings.BASE_DIR / folder).rglob("*.py"))
    if not {"demo", "migrations"} & {*path.parts}
]
TEMPLATES = [
    path
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.*"))
    if path.suffix in (".html", ".txt")
]


@pytest.fixture(scope="module")
def dutch() -> set[str]:
    """What Django, its packages and we have Dutch for, without contexts and plurals."""
    known = trans_real.translation("nl")._catalog
    messages = {key if isinstance(key, str) else key[0] for key, _text in known.items()}
    return messages | {message.rpartition("\x04")[2] for message in messages}


def in_code(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        name = getattr(getattr(node, "func", None), "id", "")
        if isinstance(node, ast.Call) and name in CALLS and node.args:
            said = node.args[name.startswith("pgettext")]
            if isinstance(said, ast.Constant) and said.value:
                yield str(said.value)


def in_template(path: Path) -> Iterator[str]:
    for one, other, block in SAID.findall(path.read_text()):
        yield one or other or re.sub(r"{{ ?([\w.]+) ?}}", r"%(\1)s", block)


def test_all_that_the_code_says_is_there_in_dutch(dutch):
    said = {text: path.name for path in CODE for text in in_code(path)}

    assert len(said) > 1000
    assert {text: where for text, where in said.items() if text not in dutch} == {}


def test_all_that_the_templates_say_is_there_in_dutch(dutch):
    said = {text: path.name for path in TEMPLATES for text in in_template(path)}

    assert len(said) > 500
    assert {text: where for text, where in said.items() if text not in dutch} == {}
