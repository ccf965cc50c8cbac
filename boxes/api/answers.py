"""Messages as the API shows them: plain dicts, built straight from rows."""

import functools
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from django.conf import settings
from django.db import connection
from django.db.models import Model

from boxes import tokens
from boxes.api.moments import stamp, stamp_at
from boxes.models import Attachment, Box, Delivery, Handling, Message, Misdelivery, Property
from boxes.models.handling import state_of

ENVELOPE_TYPE = "application/vnd.messagebox.envelope+json"
COLUMNS = tuple(
    "pk xuid direction status envelope_id subject from_name from_address to cc headers dated_at "
    "dated_offset in_reply_to content_type content_encoding size created_at sent_at read_at "
    "thread through misdelivered_at known kind flag report_status identity patient_name "
    "patient_birth patient_sex urgent replaced_by_id".split()
)
CLOSED = COLUMNS.index("misdelivered_at")
OUT = Message.Direction.OUT.value
ERROR = Message.Status.ERROR.value


def messages_json(rows: Sequence[tuple], box: Box, caller) -> list[dict[str, Any]]:
    """The messages of these rows (COLUMNS), with what belongs to them, without content."""
    keys = [row[0] for row in rows]
    properties = properties_of(keys)
    attachments = _attachments_of(keys)
    deliveries = deliveries_of([row[0] for row in rows if row[2] == OUT])
    handlings = _handlings_of(keys)
    opener, newer = _opener(box, caller), _xuids_of({row[-1] for row in rows} - {None})
    messages = [
        _message(row, opener, properties[row[0]], attachments[row[0]], deliveries, handlings, newer)
        for row in rows
    ]
    if closed := {row[0]: n for n, row in enumerate(rows) if row[CLOSED] is not None}:
        for made in Misdelivery.objects.filter(message__in=closed):
            messages[closed[made.message_id]]["misdelivered"] = misdelivered_json(made)
    return messages


def message_json(message: Message, caller) -> dict[str, Any]:
    """One message, without its content."""
    return messages_json([_row(message)], message.box, caller)[0]


def accepted_json(message: Message, caller) -> dict[str, Any]:
    """A message that was just stored: what belongs to it is still at hand."""
    if message.stored is None:
        return message_json(message, caller)
    parts, deliveries = message.stored
    attachments = [_attachment(*(getattr(part, name) for name in _FILE)) for part in parts]
    rows = [_delivery(*(getattr(one, name) for name in _DELIVERY)) for one in deliveries]
    opener = _opener(message.box, caller)
    return _message(_row(message), opener, [], attachments, {message.pk: rows}, {}, {})


def _row(message: Message) -> tuple:
    return tuple(getattr(message, name) for name in COLUMNS)


def _message(row, opener, properties, attachments, deliveries, handlings, newer) -> dict[str, Any]:
    (pk, xuid, direction, status, envelope_id, subject, from_name, from_address, to, cc) = row[:10]
    (headers, dated_at, dated_offset, in_reply_to, content_type, encoding) = row[10:16]
    (size, created_at, sent_at, read_at, thread, through, misdelivered_at) = row[16:23]
    jwt, url = opener(xuid) if misdelivered_at is None else (None, None)
    envelope = {
        "id": envelope_id,
        "subject": subject,
        "dateTime": stamp_at(dated_at, dated_offset),
        "from": {"displayName": from_name, "address": from_address},
        "to": _raw(to),
        "cc": _raw(cc),
        "headers": _raw(headers),
        "inReplyTo": in_reply_to or None,
        "contentType": content_type,
        "attachments": attachments,
    }
    if encoding:
        envelope["contentEncoding"] = encoding
    answer = {
        "xuid": xuid,
        "direction": direction,
        "status": status,
        "contentType": ENVELOPE_TYPE,
        "jwt": jwt,
        "viewerUrl": url,
        "read": read_at is not None,
        "readAt": stamp(read_at),
        "receivedAt": None if direction == OUT else stamp(created_at),
        "createdAt": stamp(created_at),
        "sentAt": stamp(sent_at),
        "size": size,
        "thread": thread,
        "properties": properties,
        "summary": _summary(row[23:], newer),
        "handling": handlings.get(pk, NOT_HANDLED),
        "envelope": envelope,
    }
    if through:
        answer["deliveredThrough"] = through
    if direction == OUT:
        answer["deliveries"] = deliveries[pk]
        if status == ERROR:
            answer["error"] = {"code": error_code(deliveries[pk])}
    return answer


def _summary(known_columns: tuple, newer: Mapping[int, str]) -> dict[str, Any]:
    """What was read in the content; a patient is named only when it is certain who it is."""
    (known, kind, flag, report_status, identity, name, birth, sex) = known_columns[:8]
    urgent, replaced_by = known_columns[8:]
    patient = None
    if identity not in ("", "nobody"):
        patient = {
            "identity": identity,
            "name": name or None,
            "birthDate": birth or None,
            "sex": sex or None,
        }
    return {
        "state": known,
        "kind": kind or None,
        "flag": flag or None,
        "urgent": bool(urgent),
        "reportStatus": report_status or None,
        "patient": patient,
        "replacedBy": newer.get(replaced_by),
    }


def _xuids_of(keys: set[int]) -> dict[int, str]:
    return dict(Message.objects.filter(pk__in=keys).values_list("pk", "xuid")) if keys else {}


def _raw(value: Any) -> Any:
    """JSON that the database gave as text goes out as it is."""
    return orjson.Fragment(value) if isinstance(value, str) else value


def misdelivered_json(made: Misdelivery) -> dict[str, Any]:
    """Where a message that came to the wrong box went, for those of that box."""
    return {
        "at": stamp(made.at),
        "by": made.name,
        "reason": made.reason,
        "movedTo": made.target_name or None,
        "returnedTo": made.address or None,
    }


def moved_from_json(message: Message) -> dict[str, Any] | None:
    """From which box a message was moved here, and why."""
    made = Misdelivery.objects.filter(moved_to=message).select_related("message__box").first()
    if made is None:
        return None
    return {
        "box": made.message.box.name,
        "at": stamp(made.at),
        "by": made.name,
        "reason": made.reason,
    }


def _opener(box: Box, caller) -> Callable[[str], tuple[str | None, str | None]]:
    """Gives a message's token and address in the viewer; none to who may not read it so."""
    if box.requires_user or not box.allows(caller, "read"):
        return lambda xuid: (None, None)
    mint = tokens.page_minter(box, caller.subject)
    base = viewer_address(box)

    def open_(xuid: str) -> tuple[str, str]:
        jwt = mint(xuid)
        return jwt, f"{base}{xuid}?jwt={jwt}"

    return open_


def viewer_address(box: Box) -> str:
    return f"{settings.VIEWER_BASE_URL or settings.BASE_URL}/{box.name}/messages/"


# -- what belongs to the messages, by their keys --


def properties_of(keys: Sequence[int]) -> dict[int, list[dict[str, str]]]:
    found = defaultdict(list)
    for key, name, value in _rows_of(Property, keys, ("name", "value"), "name"):
        found[key].append({"name": name, "value": value})
    return found


def _attachments_of(keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in _rows_of(Attachment, keys, _FILE, "position"):
        found[row[0]].append(_attachment(*row[1:]))
    return found


_FILE = ("filename", "content_type", "size")


def _attachment(filename: str, content_type: str, size: int) -> dict[str, Any]:
    return {"filename": filename, "contentType": content_type, "size": size}


def deliveries_of(keys: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    found = defaultdict(list)
    for row in _rows_of(Delivery, keys, _DELIVERY, "n"):
        found[row[0]].append(_delivery(*row[1:]))
    return found


_DELIVERY = tuple("n address transport status attempts due_at error remote_id ended_at".split())


def _delivery(n, address, transport, status, attempts, due_at, error, remote_id, ended_at) -> dict:
    arrived = status in (Delivery.Status.DELIVERED, Delivery.Status.READ)
    return {
        "n": n,
        "address": address,
        "transport": transport,
        "status": status,
        "attempts": attempts,
        "nextAttemptAt": stamp(due_at) if status == Delivery.Status.QUEUED else None,
        "error": error or None,
        "remoteId": remote_id or None,
        "deliveredAt": stamp(ended_at) if arrived else None,
    }


def _handlings_of(keys: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Of the messages that somebody ever took."""
    return {row[0]: _handling(*row[1:]) for row in _rows_of(Handling, keys, _HANDLING, "id")}


_HANDLING = tuple("holder holder_name taken_at handled_at note".split())


def handling_json(handling: Handling) -> dict[str, Any]:
    return _handling(*(getattr(handling, name) for name in _HANDLING))


def _handling(holder, holder_name, taken_at, handled_at, note) -> dict[str, Any]:
    return {
        "state": str(state_of(holder, handled_at)),
        "by": holder_name or None,
        "takenAt": stamp(taken_at),
        "handledAt": stamp(handled_at),
        "note": note,
    }


NOT_HANDLED = _handling("", "", None, None, "")


def error_code(deliveries: Sequence[dict[str, Any]]) -> str:
    uncertain = any(item["status"] == Delivery.Status.UNCERTAIN for item in deliveries)
    return "delivery_uncertain" if uncertain else "delivery_failed"


def _rows_of(
    model: type[Model], keys: Sequence[int], columns: tuple[str, ...], order: str
) -> list[tuple]:
    """What belongs to the messages with these keys, as the driver gives it."""
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_select(model, columns, order, len(keys)), keys)
        return cursor.fetchall()


@functools.lru_cache(maxsize=256)
def _select(model: type[Model], columns: tuple[str, ...], order: str, count: int) -> str:
    """Composed once for each length of page: the ORM would do so for each request."""
    quote = connection.ops.quote_name
    chosen = ", ".join(quote(name) for name in ("message_id", *columns))
    places = ", ".join(["%s"] * count)
    return (
        f"SELECT {chosen} FROM {quote(model._meta.db_table)} "
        f"WHERE {quote('message_id')} IN ({places}) "
        f"ORDER BY {quote('message_id')}, {quote(order)}"
    )
