"""What of a report is composed without a template: no field of a message is markup."""

from dataclasses import fields, replace

import pytest

from viewer.clinical import Moment, Party, Result, Row, Section, Text
from viewer.renderers import report_html, result_html
from viewer.renderers.clinical import Group, Part

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


def filled(kind, **others):
    """One whose every text is markup."""
    texts = {one.name: MARKUP for one in fields(kind) if one.type == "str"}
    lists = {one.name: (MARKUP,) for one in fields(kind) if one.type == "tuple[str, ...]"}
    return kind(**texts | lists | others)


def test_a_section_full_of_markup_is_shown_as_text():
    row, moment = filled(Row, depth=1), filled(Moment)
    groups = (Group("rows", (row,)), Group("text", (filled(Text),)))
    section = filled(Section, details=(row,), moments=(moment,))

    html = report_html.part(Part(section, 2, groups), unfolded=True)

    assert "<script" not in html
    assert 'alert("' not in html
    assert html.count("&lt;script&gt;") > 10


def test_a_party_full_of_markup_is_shown_as_text():
    row = filled(Row)

    html = report_html.party(filled(Party, identifiers=(row,), details=(row,)))

    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 8


def test_a_citizen_service_number_and_a_depth_are_shown_in_a_row():
    html = report_html.rows([Row(term="bsn", value="999990032"), Row("a", "b", depth=9)])

    assert "<span>9999</span><span>90</span><span>032</span>" in html
    assert '<div class="mbx-in-6"><dt>a</dt><dd dir="auto">b</dd></div>' in html
