"""The code lists that the formats share, each to a code of the clinical vocabulary."""

from __future__ import annotations

SEXES = {
    "m": "male",
    "man": "male",
    "male": "male",
    "jongen": "male",
    "1": "male",
    "v": "female",
    "f": "female",
    "vrouw": "female",
    "female": "female",
    "meisje": "female",
    "2": "female",
    "o": "other",
    "other": "other",
    "a": "other",
    "anders": "other",
    "un": "other",
    "undifferentiated": "other",
    "u": "unknown",
    "unk": "unknown",
    "n": "unknown",
    "9": "unknown",
    "0": "unknown",
    "onbekend": "unknown",
    "unknown": "unknown",
    "nietteverkrijgen": "unknown",
}
FLAGS = {
    "<": "low",
    "l": "low",
    "lo": "low",
    "laag": "low",
    "verlaagd": "low",
    ">": "high",
    "h": "high",
    "hi": "high",
    "hoog": "high",
    "verhoogd": "high",
    "ll": "critical_low",
    "<<": "critical_low",
    "lu": "critical_low",
    "hh": "critical_high",
    ">>": "critical_high",
    "hu": "critical_high",
    "aa": "critical",
    "kritiek": "critical",
    "a": "abnormal",
    "un": "abnormal",
    "abn": "abnormal",
    # The two marks that Dutch laboratories set beside a value for which they give no limits.
    "!": "abnormal",
    "*": "abnormal",
    "afwijkend": "abnormal",
    "n": "normal",
    "normaal": "normal",
    "normal": "normal",
    "281300000": "low",  # SNOMED CT, as the Dutch building blocks have it
    "281302008": "high",
    "263654008": "abnormal",
    "17621005": "normal",
    "s": "susceptible",
    "i": "intermediate",
    "r": "resistant",
}
URGENT = ("urgent", "asap", "stat", "high", "hoog", "spoed", "1", "2")
"""Words for the priority of a message; the numbers are those of mails."""


def sex(received: str) -> str:
    """Male, female, other or unknown; empty for a code that nobody knows."""
    return SEXES.get(received.strip().casefold(), "")


def flag(received: str) -> str:
    """The meaning of a sender's flag; any character that nobody knows is still a mark."""
    text = received.strip().casefold()
    return FLAGS.get(text, "marked") if text else ""
