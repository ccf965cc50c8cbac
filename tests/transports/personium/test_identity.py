"""Identifiers and cell URLs, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxes.xuid import new_xuid
from transports.personium.cells import NotACell, cell_url, unit_of
from transports.personium.identity import chosen_id, delivery_id, id_of, issued_id, xuid_of


def test_an_identifier_leads_back_to_its_message():
    xuid = new_xuid()

    assert len(id_of(xuid)) == 32
    assert xuid_of(id_of(xuid)) == xuid


@given(st.text(max_size=40))
def test_no_text_breaks_the_reading_of_an_identifier(text):
    assert len(id_of(text)) == 32
    assert xuid_of(text) == "" or id_of(xuid_of(text)) == text


def test_each_delivery_has_an_identifier_of_its_own_that_stays():
    xuid = new_xuid()

    found = [delivery_id(xuid, n) for n in range(1, 1001)]

    assert len({id_of(xuid), *found}) == 1001
    assert found == [delivery_id(xuid, n) for n in range(1, 1001)]


def test_nobody_without_the_key_can_tell_an_identifier_that_travels(settings):
    def travelling():
        return {
            delivery_id("x" * 22, 1),
            delivery_id("x" * 22, 2),
            chosen_id("john", "f" * 32, "https://unit.example/b/"),
            issued_id("https://unit.example/b/", "f" * 32),
        }

    before = travelling()
    settings.HASH_KEY = b"another key" * 3

    assert len(before | travelling()) == 8


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://unit.example/b/", "https://unit.example/b/"),
        ("https://unit.example/b", "https://unit.example/b/"),
        ("HTTPS://Unit.Example:443/b", "https://unit.example/b/"),
        ("https://cell.unit.example", "https://cell.unit.example/"),
        ("http://127.0.0.1:8080/b/", "http://127.0.0.1:8080/b/"),
        ("https://[2001:DB8::1]:8443/b/", "https://[2001:db8::1]:8443/b/"),
    ],
)
def test_a_cell_url_is_written_in_one_way(text, url):
    assert cell_url(text) == url
    assert url.startswith(unit_of(url))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "jill",
        "ftp://unit.example/b/",
        "https://",
        "https:///b/",
        "https://me:secret@unit.example/b/",
        "https://unit.example/b/?x=1",
        "https://unit.example/b/?",
        "https://unit.example/b/#x",
        "https://unit.example/b/../a/",
        "https://unit.example//b/",
        "https://unit.example/b,https://unit.example/c",
        "https://unit.example/b \r\nHost: x",
        "https://unit.example/ｂ/",
        "https://unit.example:99999/b/",
        "https://[unit/",
        "https://unit.example/" + "b" * 1024,
    ],
)
def test_what_is_no_cell_url_is_refused_with_a_sentence(text):
    with pytest.raises(NotACell, match=r"cell URL|no URL"):
        cell_url(text)


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_a_cell_url(text):
    try:
        url = cell_url(f"https://unit.example/{text}")
    except NotACell:
        return

    assert cell_url(url) == url
    assert url.startswith("https://unit.example/") and url.endswith("/")
