"""What goes to the render server and what comes back: plain values that cross a socket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from boxes.summary import Summary

FULL, SIMPLE, SOURCE, CARD = "full", "simple", "source", "card"
PAGE, PRINT, EMBED = "page", "print", "embed"
# Not a view: only what a list tells about the message.
KNOW = "know"


@dataclass(frozen=True)
class Limits:
    """What one render may use; past it the process that renders is killed."""

    wall: float
    cpu: float
    memory: int
    output: int


@dataclass(frozen=True)
class Job:
    """One content to lay out. ``content`` may be the head of it: ``size`` is that of the whole.

    ``view`` is the best view to try; ``reason`` says why when that is not the full one.
    """

    content: bytes
    content_type: str
    size: int
    language: str = "nl"
    zone: str = "Europe/Amsterdam"
    mode: str = PAGE
    view: str = FULL
    reason: str = ""
    plain: bool = False
    images: bool = False

    @property
    def mime(self) -> str:
        """The declared type in lower case without parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    def pack(self, limits: Limits) -> bytes:
        head = {name: value for name, value in self.__dict__.items() if name != "content"}
        return json.dumps({"job": head, "limits": asdict(limits)}).encode()

    @classmethod
    def unpack(cls, head: bytes, content: bytes) -> tuple[Job, Limits]:
        parts = json.loads(head)
        return cls(content=content, **parts["job"]), Limits(**parts["limits"])


@dataclass(frozen=True)
class Said:
    """A notice above the content, in the language of the page; ``weight`` is info or warning."""

    code: str
    text: str
    weight: str = "info"


@dataclass(frozen=True)
class Rendered:
    """A content laid out. ``html``, ``banner`` and ``summary`` are our own markup, from templates.

    ``document`` is cleaned markup of the sender, which belongs in a frame. ``patients`` holds
    (BSN, birth date) of each patient in the content, to compare with the record that is open.
    """

    view: str
    html: str = ""
    document: str = ""
    banner: str = ""
    summary: str = ""
    kind: str = ""
    standard: str = ""
    direction: str = "ltr"
    notices: tuple[Said, ...] = ()
    patients: tuple[tuple[str, str], ...] = ()
    switches: tuple[str, ...] = field(default=())

    def noticing(self, *said: Said) -> Rendered:
        return replace(self, notices=(*self.notices, *said))

    def pack(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def unpack(cls, body: bytes) -> Rendered:
        parts = json.loads(body)
        parts["notices"] = tuple(Said(**said) for said in parts["notices"])
        parts["patients"] = tuple((bsn, birth) for bsn, birth in parts["patients"])
        parts["switches"] = tuple(parts["switches"])
        return cls(**parts)


@dataclass(frozen=True)
class Known:
    """What was read of a content; ``summary`` is None when no reader could."""

    summary: Summary | None

    def pack(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode("utf-8", "replace")

    @classmethod
    def unpack(cls, body: bytes) -> Known:
        found = json.loads(body)["summary"]
        return cls(Summary(**found) if found else None)
