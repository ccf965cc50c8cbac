"""The smallest values: a date, a labelled row, a notice, and the refusal to read."""

from __future__ import annotations

from dataclasses import dataclass, field

from viewer.clinical.words import WORDS


class Unreadable(Exception):
    """The content cannot be shown by this reader; ``code`` is in ``WORDS`` and takes ``values``."""

    def __init__(self, code: str, **values: str | int):
        super().__init__(code, values)
        self.code = code
        self.values = values

    def __str__(self) -> str:
        return WORDS.get(self.code, self.code) % self.values


@dataclass(frozen=True)
class Notice:
    """Something the reader of the page must know about this view: ``WORDS[code] % values``."""

    code: str
    values: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True)
class Moment:
    """A date with its meaning (code). ``iso`` has the precision that was sent, and is empty when
    the date cannot exist; ``of`` says of what it is, where a list of dates has more of a kind."""

    meaning: str
    received: str
    iso: str = ""
    label: str = ""
    of: str = ""


@dataclass(frozen=True)
class Row:
    """A labelled value: ``term`` is our code for the label, ``label`` the sender's own;
    ``value_term`` likewise."""

    label: str = ""
    value: str = ""
    term: str = ""
    value_term: str = ""
    raw: str = ""
    depth: int = 0
