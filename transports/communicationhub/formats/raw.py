"""What a reader hands on: the members as they stood there, by the names that they had there."""

from dataclasses import dataclass
from typing import Any, NamedTuple

# Deeper than any member lies.
DEEPEST = 20


class Unreadable(ValueError):
    """The body is not what its format says; the text says why."""


class File(NamedTuple):
    """A file that came as a part of a form."""

    name: str
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Raw:
    """``typed``: numbers and truth values are told from text (JSON); else all is text."""

    members: dict[str, Any]
    typed: bool = False
    files: tuple[File, ...] = ()


def text_of(body: bytes) -> str:
    """Raises Unreadable."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None


def put(members: dict[str, Any], name: str, value: Any) -> None:
    """Raises Unreadable for a name that was there before."""
    if name in members:
        raise Unreadable(f"The body gives “{name[:100]}” twice.")
    members[name] = value
