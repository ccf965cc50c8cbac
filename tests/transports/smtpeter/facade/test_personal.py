"""Placeholders are filled in, and nothing else of a text changes."""

from contextlib import suppress

import hypothesis.strategies as st
import pytest
from hypothesis import given

from transports.smtpeter.braces import shielded
from transports.smtpeter.facade.answers import Refusal
from transports.smtpeter.facade.personal import fill

DATA = {
    "a": "{$b}",
    "n": 5,
    "f": 1.5,
    "yes": True,
    "no": False,
    "list": ["x", {"y": "z"}],
    "e-m": "é",
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("{$a}", "{$b}"),  # what is filled in is not read again
        ("{$n}{$f}{$yes}{$no}.", "51.51."),
        ("{$list[0]}{$list[1].y}", "xz"),
        ("{$e-m}", "é"),
        ("{$gone}{$list[9]}{$n.x}{$list}{$list.x}", ""),
        ("{ldelim}$a{rdelim}", "{$a}"),
        ("{literal}{$a} {if}{/literal}{$n}", "{$a} {if}5"),
        ("p { color: red } {x} {} {iffy} {$", None),
        ("p { color: red } {x} {} {iffy} {", "p { color: red } {x} {} {iffy} {"),
        ("{if $a}", None),
        ("{/foreach}", None),
        ("{$a|upper}", None),
        ("{$a + 1}", None),
        ("{$1}", None),
        ("{literal}", None),
    ],
)
def test_a_text_is_filled_in_or_refused(text, filled):
    if filled is None:
        with pytest.raises(Refusal):
            fill(text, DATA, 1000)
    else:
        assert fill(text, DATA, 1000) == filled


@given(st.text(st.sampled_from("{}$ldeimrta/ é\n"), max_size=60))
def test_a_text_that_is_shielded_comes_out_as_it_was(text):
    assert fill(shielded(text), DATA, 1000) == text


@given(st.text(st.sampled_from("{}$aifltr/ .[]0"), max_size=40))
def test_any_text_is_filled_in_or_refused(text):
    with suppress(Refusal):
        assert isinstance(fill(text, DATA, 1000), str)


def test_a_text_cannot_grow_beyond_its_limit():
    with pytest.raises(Refusal, match="Message too large"):
        fill("{$a}" * 100, {"a": "x" * 100}, 9999)


def test_many_openings_are_read_once():
    with pytest.raises(Refusal, match="not closed"):
        fill("{literal}" * 100_000, {}, 10**9)
    assert len(fill("{literal}{/literal}" * 100_000 + "{" * 100_000, {}, 10**9)) == 100_000
