"""A mail with braces comes out as it was written."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tests.fakes.smtpeter import evaluated, evaluated_page
from transports.smtpeter.braces import has_braces, shielded, shielded_html
from transports.smtpeter.mail import File, Parts

BRACED = st.text(st.sampled_from("{}$ldeimrt/ab<>é\n"), max_size=60)


@given(BRACED)
def test_any_text_comes_out_as_it_was_written(text):
    assert evaluated(shielded(text)) == text


@given(BRACED, BRACED)
def test_any_page_comes_out_as_it_was_written(head, rest):
    page = f"<html><head><style>{head}</style></head><body>{rest}</body></html>"

    assert evaluated_page(shielded_html(page)) == page


def test_without_braces_nothing_changes():
    assert shielded("a[href] $x") == "a[href] $x"
    assert shielded_html("<head>[x]</head>") == "<head>[x]</head>"


@pytest.mark.parametrize("text", ["a{", "}", b"{x", b"y}"])
def test_a_brace_is_seen(text):
    assert has_braces(text)


@pytest.mark.parametrize("text", ["", "[a]", b"", b"(x)"])
def test_where_there_is_none_none_is_seen(text):
    assert not has_braces(text)


def test_every_text_of_a_mail_is_shielded(client, smtpeter):
    odd = "{$name} {if x}"
    mail = Parts(
        sender='"{x}" <john@mail.example>',
        to=('"{y}" <ann@example.org>',),
        cc=('"{z}" <bob@example.org>',),
        subject=odd,
        text=odd,
        html=f"<p>{odd}</p>",
        extra={"x-lab": odd},
        files=(File("a.json", "application/json", b'{"a": 1}'),),
    )

    client.send(mail, ["ann@example.org"])

    [got] = smtpeter.received
    assert (got.sender, got.to, got.cc) == (mail.sender, list(mail.to), list(mail.cc))
    assert (got.subject, got.text, got.html) == (odd, odd, f"<p>{odd}</p>")
    assert got.headers == {"x-lab": odd}
    assert got.files[0].content == b'{"a": 1}'
