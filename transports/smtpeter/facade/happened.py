"""What became of deliveries, as SMTPeter tells it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from boxes.caller_address import caller_address
from boxes.models import Delivery, LogEntry, Message
from transports.base import Refused
from transports.doors import Caller
from transports.registry import transport_named
from transports.smtpeter.facade import options
from transports.smtpeter.facade.answers import Refusal, not_found
from transports.smtpeter.facade.posting import TOO_LATE

# The words of a mail server in a refusal: "550 5.1.1 No such user".
_CODE = re.compile(r"\b([45]\d\d)(?:[ -]([45]\.\d{1,3}\.\d{1,3}))?\b")
Event = dict[str, Any]


def deliveries_of(caller: Caller) -> QuerySet[Delivery]:
    """What left the box, by whichever door; for a key that may not read it, what this key sent."""
    box = caller.box
    sent = Delivery.objects.filter(message__box=box, message__direction=Message.Direction.OUT)
    if not box.allows(caller.key, "read"):
        posted = LogEntry.objects.filter(
            ~Q(xuid=""), xuid=OuterRef("message__xuid"), box_name=box.name, action="send"
        )
        sent = sent.filter(Exists(posted.filter(subject=caller.key.subject)))
    return sent.select_related("message__box").prefetch_related("message__properties")


def delivery_named(caller: Caller, identifier: str) -> Delivery:
    found = deliveries_of(caller) & Delivery.objects.by_public_ref(identifier)
    delivery = found.first()
    if delivery is None:
        raise not_found()
    return delivery


# -- which --


def asked(request: HttpRequest, caller: Caller, by: str, value: str) -> list[Event]:
    """The events of one mail, one address or some tags, oldest first; the log knows which
    messages they are about. Raises Refusal."""
    if by == "messageid":
        delivery = delivery_named(caller, value)
        first = delivery.created_at.astimezone(UTC).date()
        since, until = window(request, first, later(first, 1) + timedelta(days=1))
        found: Iterable[Delivery] = [delivery]
    else:
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        since, until = window(request, later(tomorrow, -1), tomorrow)
        found = chosen(caller, by, value, since, until)
    start, end = since.isoformat(), until.isoformat()
    told: list[Event] = []
    about: list[Message] = []
    for delivery in tagged(found, request.GET.get("tags", "")):
        events = [item for item in events_of(delivery) if start <= item["time"] < end]
        told += events
        about += [delivery.message] if events else []
    disclosed(request, caller, about)
    return sorted(told, key=lambda item: item["time"])


def disclosed(request: HttpRequest, caller: Caller, messages: Sequence[Message]) -> None:
    """One entry a call, holding what it told something about."""
    if messages:
        LogEntry.objects.record(
            "list",
            caller=caller.key,
            box=caller.box,
            xuids=list(dict.fromkeys(message.xuid for message in messages)),
            address=caller_address(request),
        )


def chosen(caller: Caller, by: str, value: str, since: date, until: date) -> QuerySet[Delivery]:
    """What became of a mail may be told a month after it was sent."""
    first = datetime(*later(since, -1).timetuple()[:3], tzinfo=UTC)
    last = datetime(*until.timetuple()[:3], tzinfo=UTC)
    span = {"message__created_at__gte": first, "message__created_at__lt": last}
    sent = deliveries_of(caller).filter(**span)
    if by == "email":
        return sent.filter(address__iexact=value)
    if by != "tags":
        raise not_found()  # templates are not kept here
    tags = options.tags_of({"tags": value.replace("/", ";")})
    if not tags:  # without one, all that left the box would be told
        raise Refusal("tags: give at least one")
    for tag in tags:
        sent = sent.filter(
            message__properties__box=caller.box, message__properties__name=f"{options.TAG}{tag}"
        )
    return sent


def tagged(found: Iterable[Delivery], given: str) -> Iterable[Delivery]:
    wanted = set(options.tags_of({"tags": given or None}))
    return [item for item in found if wanted <= set(options.tags_in(kept_with(item)))]


def window(request: HttpRequest, since: date, until: date) -> tuple[date, date]:
    """``start`` inclusive and ``end`` exclusive, at most a month apart. Raises Refusal."""
    start, end = (day(request.GET.get(name, "")) for name in ("start", "end"))
    if start and end:
        if end <= start:
            raise Refusal("Invalid period")
        return start, min(end, later(start, 1))
    if start:
        return start, later(start, 1)
    if end:
        return later(end, -1), end
    return since, until


def day(text: str) -> date | None:
    if not text:
        return None
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise Refusal("Invalid period") from None
    if len(text) != 10 or not 1970 <= found.year <= 9000:
        raise Refusal("Invalid period")
    return found


def later(start: date, months: int) -> date:
    """The same day of another month, or its last one."""
    number = start.year * 12 + start.month - 1 + months
    for last in (start.day, 30, 29, 28):
        try:
            return date(number // 12, number % 12 + 1, min(start.day, last))
        except ValueError:
            continue
    raise AssertionError("each month has 28 days")


# -- what --


def kept_with(delivery: Delivery) -> dict[str, str]:
    return options.kept_with(delivery.message)


def events_of(delivery: Delivery) -> Iterator[Event]:
    """In the order in which it happened; one delivery at most, for it is the first that counts."""
    yield event(delivery, "attempt", delivery.created_at, properties="")
    final = "delivered" if told_later(delivery) else "sent"
    delivered = False
    for item in delivery.history:
        at, status = datetime.fromisoformat(item["at"]), item["status"]
        if status in (final, "delivered", "read") and not delivered:
            delivered = True
            yield event(delivery, "delivery", at, **line(delivery))
        if status in ("failed", "undelivered"):
            yield event(delivery, "failure", at, **failure(delivery, status, item.get("error", "")))
        if status == "read":
            yield event(delivery, "open", at, **opening())


def told_later(delivery: Delivery) -> bool:
    """Whether the road still tells what became of what it took."""
    try:
        return transport_named(delivery.transport).follows
    except Refused:
        return False


def line(delivery: Delivery) -> Event:
    """Of the connection that it left by, nothing is told."""
    return {"from": "", "to": "", "attempt": max(0, delivery.attempts - 1)}


def failure(delivery: Delivery, status: str, sentence: str) -> Event:
    code = _CODE.search(sentence)
    late = sentence == TOO_LATE
    state = "process" if late else "bounce" if status == "undelivered" else "unknown"
    return {
        **line(delivery),
        "type": "timeout" if late else "error",
        "code": int(code[1]) if code else 0,
        "status": (code[2] if code else "") or "",
        "description": sentence,
        "state": state,
    }


def opening() -> Event:
    named = ("headers", "ip", "protocol", "city", "countryname", "countrycode", "regioncode")
    return dict.fromkeys(named, "")


def event(delivery: Delivery, kind: str, at: datetime, **fields: Any) -> Event:
    """Its fields stand beside its kind, where clients look, and in ``data``, as is documented."""
    kept = kept_with(delivery)
    told = {
        "id": delivery.public_ref,
        "time": at.astimezone(UTC).strftime(options.MOMENT),
        "envelope": kept.get(options.ENVELOPE, ""),
        "recipient": delivery.address,
        **fields,
        "tags": ";".join(options.tags_in(kept)),
        "templateid": 0,
    }
    return {"event": kind, **told, "data": told}
