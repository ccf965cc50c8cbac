"""``__ctl/SentMessage`` and ``__ctl/ReceivedMessage``: list, fetch, delete."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import unquote

from django.db.models import QuerySet, prefetch_related_objects
from django.http import HttpRequest, HttpResponse

from boxes.caller_address import caller_address
from boxes.errors import WrongStatus
from boxes.models import Box, LogEntry, Message
from transports.models import CellMessage
from transports.personium.facade.answers import in_json, nothing
from transports.personium.facade.callers import Caller, caller_of
from transports.personium.facade.entities import (
    DIRECTIONS,
    LARGEST_TEXT,
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
LARGEST_ANSWER = 64 * 1024 * 1024


def listed(request: HttpRequest, cell: str, kind: str) -> HttpResponse:
    caller = caller_of(request, cell, "read")
    refuse_other_formats(request)
    query = read_query(request.GET, kind)
    found, total = selected(caller.box, kind, query)
    refuse_too_much(found, query)
    # At once for the whole page, whatever its length.
    prefetch_related_objects(found, "attachments", "deliveries", *content_of(query))
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
    """The messages that a cell shows as entities of this kind, newest first. One that was
    wrongly delivered would be an empty message there: a cell has no word for what became of it."""
    mine = Message.objects.in_box(box).filter(direction=DIRECTIONS[kind], misdelivered_at=None)
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
        matching = islice(matching, query.skip + query.top)
    everything = list(matching)
    for at in reversed(range(len(query.order))):
        everything = in_order(everything, at, descending=query.order[at][1])
    keys = [match.pk for match in everything[query.skip : query.skip + query.top]]
    messages = found.in_bulk(keys)
    return [messages[key] for key in keys if key in messages], len(everything)


class Match(NamedTuple):
    """A message that fits, by its key and what it is ordered by; its content is let go."""

    pk: int
    values: tuple[Any, ...]


def matches(found: QuerySet[Message], kind: str, query: Query) -> Iterator[Match]:
    if query.condition is not None and query.condition.narrow is not None:
        found = found.filter(query.condition.narrow)
    for message in found.iterator(chunk_size=CHUNK):
        entity = Entity(message, kind)
        if query.condition is not None and not query.condition.holds(entity):
            continue
        if query.words and not has_words(entity, query.words):
            continue
        yield Match(message.pk, tuple(entity[name] for name, _descending in query.order))


def has_words(entity: Entity, words: tuple[str, ...]) -> bool:
    text = f"{entity['Title']}\n{entity['Body']}".casefold()
    return all(word in text for word in words)


def in_order(found: list[Match], at: int, *, descending: bool) -> list[Match]:
    """By one value; what has none comes last in both directions."""
    having = [match for match in found if match.values[at] is not None]
    without = [match for match in found if match.values[at] is None]
    return sorted(having, key=lambda match: match.values[at], reverse=descending) + without


def content_of(query: Query) -> tuple[str, ...]:
    return ("content",) if query.chosen is None or "Body" in query.chosen else ()


def refuse_too_much(messages: list[Message], query: Query) -> None:
    """An answer is held whole, and other roads bring more text than cells do. Raises CellError."""
    if content_of(query):
        total = sum(min(message.size, LARGEST_TEXT) for message in messages)
        if total > LARGEST_ANSWER:
            raise CellError("PR400-OD-0029", "$top", str(query.top))


def one_of(box: Box, kind: str, key: str) -> Message:
    """The message of the key in an address: ``'…'``. Raises CellError."""
    text = unquote(key)
    if len(text) < 2 or not (text[0] == text[-1] == "'"):
        raise CellError("PR400-OD-0004")
    return entity_named(box, kind, text[1:-1].replace("''", "'"))


def entity_named(box: Box, kind: str, identifier: str) -> Message:
    if "\0" in identifier:
        raise CellError("PR404-OD-0002")
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
