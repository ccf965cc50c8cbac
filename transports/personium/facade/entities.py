"""A message of a box as the entity of a cell: each property worked out when it is asked for."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cached_property
from typing import Any

from boxes.content_types import is_binary, plain
from boxes.models import Delivery, Message
from transports.personium import carried
from transports.personium.answered import identifier_for, identifier_of
from transports.personium.facade.cell import first_generation, url_of, url_of_address
from transports.personium.facade.results import result_of

SENT, RECEIVED = "SentMessage", "ReceivedMessage"
DIRECTIONS = {SENT: Message.Direction.OUT, RECEIVED: Message.Direction.IN}
# More than any cell takes; a page of a list holds many.
LARGEST_TEXT = 256 * 1024
ALWAYS = ("__metadata", "__id", "__published", "__updated")


def properties(kind: str) -> tuple[str, ...]:
    """The names of an entity's properties, in the order of the real server."""
    requests = (
        ("RequestRelation", "RequestRelationTarget") if first_generation() else ("RequestObjects",)
    )
    first = ("__id", "_Box.Name", "InReplyTo")
    people = ("To", "ToRelation") if kind == SENT else ("From", "MulticastTo")
    last = ("Result",) if kind == SENT else ("Status",)
    middle = (*people, "Type", "Title", "Body", "Priority")
    ends = (*requests, *last) if kind == SENT else (*last, *requests)
    return (*first, *middle, *ends, "__published", "__updated")


class Entity:
    """One message; ``entity["Body"]`` reads its content, no other property does."""

    def __init__(
        self, message: Message, kind: str, noted: Iterable[Delivery] | None = None
    ) -> None:
        self.message = message
        self.kind = kind
        self._noted = noted

    def __getitem__(self, name: str) -> Any:
        if name in carried.FIELDS:
            return self._carried[name]
        return _READ[name](self)

    @cached_property
    def _carried(self) -> dict[str, Any]:
        return carried.fields_of(self.message.headers)

    @cached_property
    def text(self) -> str:
        return text_of(self.message)

    @cached_property
    def updated(self) -> datetime:
        message, kept = self.message, getattr(self.message, "cell", None)
        moments = (message.created_at, message.read_at, kept.changed_at if kept else None)
        return max(moment for moment in moments if moment is not None)

    def to(self) -> str | None:
        kept = getattr(self.message, "cell", None)
        written = kept.to if kept else ""
        return written or ",".join(url_of_address(item["address"]) for item in self.message.to)

    def multicast_to(self) -> str | None:
        own = self.message.box.name
        others = (*self.message.to, *self.message.cc)
        urls = [url_of_address(item["address"]) for item in others if item["address"] != own]
        return ",".join(urls) or None

    def status(self) -> str:
        if self["Type"] == carried.MESSAGE:
            return "read" if self.message.read_at else "unread"
        kept = getattr(self.message, "cell", None)
        return kept.decision if kept and kept.decision else "none"

    def results(self) -> list[dict[str, str]]:
        noted = self.message.deliveries.all() if self._noted is None else self._noted
        return [result_of(delivery) for delivery in noted]


_READ: dict[str, Callable[[Entity], Any]] = {
    "__id": lambda entity: identifier_of(entity.message),
    "_Box.Name": lambda entity: None,
    "InReplyTo": lambda entity: identifier_for(entity.message) or None,
    "To": Entity.to,
    "ToRelation": lambda entity: None,
    "From": lambda entity: url_of_address(entity.message.from_address),
    "MulticastTo": Entity.multicast_to,
    "Title": lambda entity: carried.title_of(entity.message.headers, entity.message.subject),
    "Body": lambda entity: entity.text,
    "Status": Entity.status,
    "Result": Entity.results,
    "__published": lambda entity: entity.message.created_at,
    "__updated": lambda entity: entity.updated,
}


def entity_of(
    message: Message,
    kind: str,
    *,
    chosen: tuple[str, ...] | None = None,
    linked: bool = False,
    noted: Iterable[Delivery] | None = None,
) -> dict[str, Any]:
    """As JSON. ``chosen`` are the properties of $select; ``linked`` adds what a GET adds."""
    entity = Entity(message, kind, noted)
    uri = uri_of(message, kind)
    found: dict[str, Any] = {
        "__metadata": {"uri": uri, "etag": etag_of(message), "type": f"CellCtl.{kind}"}
    }
    for name in properties(kind):
        if chosen is None or name in chosen or name in ALWAYS:
            found[name] = written(entity[name])
    for link in ("_Box", *(("_AccountRead",) if kind == RECEIVED else ())):
        if linked and (chosen is None or link in chosen):
            found[link] = {"__deferred": {"uri": f"{uri}/{link}"}}
    return found


def written(value: Any) -> Any:
    return f"/Date({milliseconds(value)})/" if isinstance(value, datetime) else value


def uri_of(message: Message, kind: str) -> str:
    return f"{url_of(message.box.name)}__ctl/{kind}('{identifier_of(message)}')"


def etag_of(message: Message) -> str:
    kept = getattr(message, "cell", None)
    version = kept.version if kept else 1
    return f'W/"{version}-{milliseconds(Entity(message, SENT).updated)}"'


def milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000 + 0.0005)


def text_of(message: Message) -> str:
    """The content as a body; what is no text, and files, are named, with where they are."""
    name = plain(message.content_type)
    notes, text = [], None
    if is_large(message):
        notes.append(f"[{name}, {message.size} bytes: too large for a body]")
    elif is_binary(name) or (text := decoded(message.body(), name)) is None:
        notes.append(f"[{name}, {message.size} bytes: no text]")
    count = len(message.attachments.all())
    if count:
        notes.append(f"[{count} attachments]")
    if notes:
        notes.append(f"[To be read in MessageBox, as message {message.xuid}]")
    return "\n".join([*([text] if text else []), *notes])


def is_large(message: Message) -> bool:
    return message.size > LARGEST_TEXT and message.content.size > LARGEST_TEXT


def decoded(content: bytes, name: str) -> str | None:
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace") if name.startswith("text/") else None
