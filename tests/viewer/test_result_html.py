"""The rows of results that are composed without a template: no field of a message is markup."""

from dataclasses import fields, replace

import pytest

from viewer.clinical import Result, Row
from viewer.renderers import result_html

MARKUP = """<script>alert("1")</script>'&"""
WORDS = [
    one.name for one in fields(Result) if one.type == "str" and one.name not in ("kind", "flag")
]
KINDS = ("result", "heading", "pending")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", WORDS)
def test_a_field_that_holds_markup_is_shown_as_text(name, kind):
    result = replace(Result("Hb", flag="marked", kind=kind), **{name: MARKUP})

    for html in (result_html.table([result], "", "", 0), result_html.finding(result)):
        assert "<script" not in html
        assert 'alert("' not in html


def test_what_is_said_beneath_a_result_is_shown_as_text():
    row = Row(label=MARKUP, value=MARKUP)

    html = result_html.table([Result("Hb", comments=(MARKUP,), details=(row,))], MARKUP, "", 0)

    assert "<script" not in html
    assert html.count("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#x27;&amp;") == 5
