"""Telephones and letterboxes, written by people and by programs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transports.communicationhub.addresses import (
    NotAnAddress,
    PostalAddress,
    letter_address,
    read_letter,
    read_number,
    sms_address,
)


@pytest.mark.parametrize(
    "written",
    ["sms:+31612345678", "SMS:+31 6 12 34 56 78", "sms: +31-6-12345678", "sms:+31.6(12)345678"],
)
def test_a_number_is_read_however_it_is_parted(written):
    assert read_number(written) == "+31612345678"


@pytest.mark.parametrize(
    "written",
    ["sms:", "sms:0612345678", "sms:+0612345678", "sms:+316", "sms:+3161234567890123", "sms:+31x",
     "sms:+31612345678?body=Dag", "sms:+31612345678,+31687654321", "sms:+３１６１２３４５６７８"],
)  # fmt: skip
def test_what_is_no_international_number_is_refused_with_an_example(written):
    with pytest.raises(NotAnAddress, match=r"as sms:\+31612345678"):
        read_number(written)


def test_a_number_of_a_program_becomes_an_address():
    assert sms_address("+49 151 12345678") == "sms:+4915112345678"


def test_a_postal_address_is_lines_postcode_town_and_perhaps_a_country():
    home = read_letter("letter:Anna Meier; Am Deich 4; 01067; Frankfurt (Oder)")
    abroad = read_letter("Letter:Jan Jansen;Damrak 1;1012 AB;Amsterdam;Country = NIEDERLANDE")

    assert home == PostalAddress(("Anna Meier", "Am Deich 4"), "01067", "Frankfurt (Oder)")
    assert abroad == PostalAddress(
        ("Jan Jansen", "Damrak 1"), "1012 AB", "Amsterdam", "NIEDERLANDE"
    )
    assert abroad.shown == "Jan Jansen, Damrak 1, 1012 AB Amsterdam, NIEDERLANDE"


@pytest.mark.parametrize(
    "written",
    [
        "letter:",
        "letter:Anna Meier, Am Deich 4, 01067 Dresden",
        "letter:01067; Dresden",
        "letter:; 01067; Dresden",
        "letter:Anna; ; 01067; Dresden",
        "letter:Anna; 01067;",
        "letter:1;2;3;4;5;6;01067;Dresden",
        "letter:country=FRANKREICH",
    ],
)
def test_what_is_no_postal_address_is_refused_with_an_example(written):
    with pytest.raises(NotAnAddress, match="letter:Anna Meier; Am Deich 4; 01067; Dresden"):
        read_letter(written)


words = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]))
filled = words.filter(bool)


@given(st.lists(words, max_size=3), filled, filled, filled, filled, words)
def test_each_postal_address_is_read_as_it_was_written(middle, first, last, code, town, country):
    postal = PostalAddress((first, *middle, last), code, town, country)

    assert read_letter(letter_address(postal)) == postal


@pytest.mark.parametrize("line", ["A; B", "100%", "%3B", "country=X", "Country =", "a=b;c"])
def test_signs_of_the_syntax_may_stand_in_a_line(line):
    postal = PostalAddress((line,), line, line, line)

    assert read_letter(letter_address(postal)) == postal


def test_line_breaks_cannot_stand_in_a_line():
    written = letter_address(PostalAddress(("Anna\r\nMeier", "", ""), "01067", "Dres\tden"))

    assert written == "letter:Anna Meier; 01067; Dres den"
