"""What goes to the render server and what comes back: plain values that cross a socket."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from boxes.summary import Summary

FULL, SIMPLE, SOURCE, CARD = "full", "simple", "source", "card"
PAGE, PRINT, EMBED = "page", "print", "embed"
# Not views: only what a list tells about the message; only one of the files in its content.
KNOW, TAKE = "know", "take"


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

    ``view`` is the best view to try; ``reason`` says why when that is not the full one. ``kind`` is
    the type to read it by, where the declared one says too little; ``which`` counts from 0.
    """

    content: bytes
    content_type: str
    size: int
    language: str = "nl"
    zone: str = "Europe/Amsterdam"
    mode: str = PAGE
    view: str = FULL
    reason: str = ""
    kind: str = ""
    which: int = 0
    plain: bool = False
    images: bool = False

    @property
    def mime(self) -> str:
        """The declared type in lower case without parameters."""
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def form(self) -> str:
        """The type by which it is read."""
        return self.kind or self.mime

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
class Inside:
    """A file in the content, or the content itself when that is a file.

    Without a ``size`` it is elsewhere, at ``address``. ``shown`` says that the view shows it
    already; ``inline`` that a browser may.
    """

    name: str
    content_type: str
    size: int = 0
    title: str = ""
    address: str = ""
    inline: bool = False
    shown: bool = False


@dataclass(frozen=True)
class Rendered:
    """A content laid out. ``html``, ``banner`` and ``summary`` are our own markup, from templates.

    ``document`` is cleaned markup of the sender, which belongs in a frame. ``patients`` holds
    (BSN, birth date) of each patient in the content, to compare with the record that is open.
    ``after`` follows the document; ``statuses`` are those of its reports. ``inside`` are the files
    in the content; ``showcase`` is pdf, file or
    image when the content is one file, which the page shows.
    """

    view: str
    html: str = ""
    document: str = ""
    after: str = ""
    banner: str = ""
    summary: str = ""
    kind: str = ""
    standard: str = ""
    direction: str = "ltr"
    notices: tuple[Said, ...] = ()
    patients: tuple[tuple[str, str], ...] = ()
    switches: tuple[str, ...] = field(default=())
    inside: tuple[Inside, ...] = ()
    showcase: str = ""
    statuses: tuple[str, ...] = ()

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
        parts["statuses"] = tuple(parts["statuses"])
        parts["inside"] = tuple(Inside(**file) for file in parts["inside"])
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
        if not found:
            return cls(None)
        numbers = {name: tuple(found[name]) for name in ("order_numbers", "report_numbers")}
        return cls(Summary(**found | numbers))


@dataclass(frozen=True)
class Taken:
    """One file out of a content; ``content`` is None when it has no such file."""

    name: str = ""
    content_type: str = ""
    content: bytes | None = None

    def pack(self) -> bytes:
        head = json.dumps([self.name, self.content_type, self.content is not None])
        return head.encode() + b"\n" + (self.content or b"")

    @classmethod
    def unpack(cls, body: bytes) -> Taken:
        head, _, content = body.partition(b"\n")
        name, content_type, found = json.loads(head)
        return cls(str(name), str(content_type), content if found else None)
