"""``__ctl/SentMessage`` and ``__ctl/ReceivedMessage``: list, fetch, delete."""

from collections.abc import Iterator
from itertools import islice
from typing import Any
from urllib.parse import unquote

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from boxes.caller_address import caller_address
from boxes.errors import WrongStatus
from boxes.models import Box, LogEntry, Message
from transports.models import CellMessage
from transports.personium.facade.answers import in_json, nothing
from transports.personium.facade.callers import Caller, caller_of
from transports.personium.facade.entities import (
    DIRECTIONS,
    RECEIVED,
    Entity,
    entity_of,
    etag_of,
)
from transports.personium.facade.errors import CellError
from transports.personium.facade.queries import (
    Query,
    read_expand,
    read_query,
    read_select,
    refuse_other_formats,
)
from transports.personium.identity import xuid_of

CHUNK = 200


def listed(request: HttpRequest, cell: str, kind: str) -> HttpResponse:
    caller = caller_of(request, cell, "read")
    refuse_other_formats(request)
    query = read_query(request.GET, kind)
    found, total = selected(caller.box, kind, query)
    entities = [entity_of(message, kind, chosen=query.chosen, linked=True) for message in found]
    disclosed(request, caller, "list", found)
    whole: dict[str, Any] = {"results": entities}
    if query.counted:
        whole["__count"] = str(total)
    return in_json({"d": whole}, DataServiceVersion="2.0")


def fetched(request: HttpRequest, cell: str, kind: str, key: str) -> HttpResponse:
    caller = caller_of(request, cell, "read")
    refuse_other_formats(request)
    read_expand(request.GET, 10)
    message = one_of(caller.box, kind, key)
    etag = etag_of(message)
    if request.headers.get("If-None-Match") == etag:
        return nothing(304, ETag=etag)
    entity = entity_of(message, kind, chosen=read_select(request.GET), linked=True)
    disclosed(request, caller, "read", [message])
    return in_json({"d": {"results": entity}}, DataServiceVersion="2.0", ETag=etag)


def removed(request: HttpRequest, cell: str, kind: str, key: str) -> HttpResponse:
    """Off the cell's list; the message stays in its box, a received one in the archive."""
    caller = caller_of(request, cell, "read", "send")
    message = one_of(caller.box, kind, key)
    if request.headers.get("If-Match", "*") not in ("*", etag_of(message)):
        raise CellError("PR412-OD-0002")
    try:
        CellMessage.objects.of(message).remove()
    except WrongStatus as error:
        raise CellError("PR404-OD-0002") from error
    if kind == RECEIVED:
        message.archive()
    LogEntry.objects.record(
        "remove", caller=caller.key, message=message, address=caller_address(request)[:45]
    )
    return nothing(DataServiceVersion="2.0")


def rows(box: Box, kind: str) -> QuerySet[Message]:
    """The messages that a cell shows as entities of this kind, newest first."""
    mine = Message.objects.in_box(box).filter(direction=DIRECTIONS[kind])
    shown = mine.filter(cell__removed_at=None)  # those without a row of their own as well
    return shown.select_related("box", "cell").order_by("-id")


def selected(box: Box, kind: str, query: Query) -> tuple[list[Message], int]:
    """The messages of a page, and how many there are on all pages where that is asked for."""
    found = rows(box, kind)
    if query.condition is None and not query.order and not query.words:
        page = list(found[query.skip : query.skip + query.top]) if query.top else []
        return page, found.count() if query.counted else 0
    matching = matches(found, kind, query)
    if not query.order and not query.counted:
        return [item.message for item in islice(matching, query.skip, query.skip + query.top)], 0
    everything = list(matching)
    for name, descending in reversed(query.order):
        with_value = [item for item in everything if item[name] is not None]
        without = [item for item in everything if item[name] is None]
        everything = sorted(with_value, key=_key(name), reverse=descending) + without
    page = [item.message for item in everything[query.skip : query.skip + query.top]]
    return page, len(everything)


def _key(name: str):
    return lambda entity: entity[name]


def matches(found: QuerySet[Message], kind: str, query: Query) -> Iterator[Entity]:
    """Read one after the other; what was read of a message that does not match is let go."""
    if query.condition is not None and query.condition.narrow is not None:
        found = found.filter(query.condition.narrow)
    for message in found.iterator(chunk_size=CHUNK):
        entity = Entity(message, kind)
        if query.condition is not None and not query.condition.holds(entity):
            continue
        if query.words:
            text = f"{entity['Title']}\n{entity['Body']}".casefold()
            if not all(word in text for word in query.words):
                continue
        yield Entity(message, kind)


def one_of(box: Box, kind: str, key: str) -> Message:
    """The message of the key in an address: ``'…'``. Raises CellError."""
    text = unquote(key)
    if len(text) < 2 or not (text[0] == text[-1] == "'"):
        raise CellError("PR400-OD-0004")
    return entity_named(box, kind, text[1:-1].replace("''", "'"))


def entity_named(box: Box, kind: str, identifier: str) -> Message:
    found = rows(box, kind)
    message = found.filter(cell__cell_id=identifier).first()
    if message is None:
        own = xuid_of(identifier)
        message = found.filter(xuid=own, cell=None).first() if own else None
    if message is None:
        raise CellError("PR404-OD-0002")
    return message


def disclosed(request: HttpRequest, caller: Caller, action: str, messages: list[Message]) -> None:
    """Write down who saw which messages."""
    address = caller_address(request)[:45]
    if action == "read":
        LogEntry.objects.record(action, caller=caller.key, message=messages[0], address=address)
    elif messages:
        LogEntry.objects.record(
            action,
            caller=caller.key,
            box=caller.box,
            xuids=[message.xuid for message in messages],
            address=address,
        )
