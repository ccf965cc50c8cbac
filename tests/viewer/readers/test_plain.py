import pytest

from viewer.clinical import Row, Table, Unreadable
from viewer.readers import read


def items(kind, content):
    return read(kind, content).reports[0].sections[0].items


def test_json_is_shown_in_its_order_with_what_is_inside_one_step_in():
    assert items("application/json", b'{"b": 7.10, "a": {"c": [true, null]}}') == (
        Row(label="b", value="7.10"),
        Row(label="a"),
        Row(label="c", depth=1),
        Row(label="1", value="true", value_term="yes", depth=2),
        Row(label="2", value_term="empty", depth=2),
    )


def test_a_list_of_like_things_is_a_table():
    assert items("application/json", b'[{"a": 1, "b": "x"}, {"a": 2, "b": null}]') == (
        Table(rows=(("1", "x"), ("2", "")), header=("a", "b")),
    )


@pytest.mark.parametrize(("content", "value"), [(b'"a"', "a"), (b"7.10", "7.10"), (b"[]", "")])
def test_a_single_value_is_shown(content, value):
    assert all(row.value == value for row in items("application/json", content))


@pytest.mark.parametrize("mark", [";", ",", "\t", "|"])
def test_csv_is_a_table_whatever_parts_it(mark):
    content = f"naam{mark}uitslag\nHb{mark}6\nkort\n".encode()

    assert items("text/csv", content) == (
        Table(rows=(("Hb", "6"), ("kort", "")), header=("naam", "uitslag")),
    )


def test_csv_keeps_quoted_marks():
    assert items("text/csv", b'a;b\n"x;""y""";2\n')[0].rows == (('x;"y"', "2"),)


def test_rtf_gives_its_words():
    content = (
        rb"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\*\generator Word;}\f0 pati\'ebnt\par "
        rb"\u8364?5 \{kop\} \emdash  {\b vet}{\pict 0102}}"
    )

    assert items("text/rtf", content)[0].lines == ("patiënt", "€5 {kop} — vet")


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("application/json", b"{"),
        ("application/json", b"NaN"),
        ("text/csv", b"a;b\n" * 6_000),
        ("text/csv", b";" * 200),
        ("text/csv", b"x" * 300_000),
        ("text/rtf", b"geen rtf"),
        ("text/rtf", b"{\\rtf1" + b"{" * 2_000),
        ("application/onzin", b"x"),
    ],
)
def test_what_is_too_much_or_another_type_is_refused(kind, content):
    with pytest.raises(Unreadable):
        read(kind, content)
