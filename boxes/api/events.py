"""Changes as the API tells them, in its own answers and to webhooks: one and the same body."""

import base64
import hmac
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from boxes.api.errors import Problem
from boxes.api.moments import stamp
from boxes.models import Box, Change
from boxes.models.change import Kind, Position

SIGNATURE = 16
NUMBER = 8
NOW = "now"
_STATUS = (Kind.RECEIVED, Kind.CREATED, Kind.STATUS, Kind.DELIVERY)
_NAME = (Kind.PROPERTY_SET, Kind.PROPERTY_REMOVED)


def event(change: Change, box: Box) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": event_id(change),
        "cursor": cursor_at(change.position, box),
        "at": stamp(change.at),
        "type": change.kind,
        "box": box.name,
        "xuid": change.xuid,
        "direction": change.direction,
    }
    if change.kind in _STATUS:
        told["status"] = change.status
    if change.kind in _NAME:
        told["name"] = change.name
    if change.kind == Kind.HANDLING:
        told["handling"] = change.status
    if change.kind == Kind.DELIVERY:
        told["n"] = change.n
    return told


def event_id(change: Change) -> str:
    """The same for each time that the change is told, and to tell it from every other."""
    return _written(_digest("event", str(change.pk).encode())[:SIGNATURE])


# -- where to begin --


def place_after(after: str, box: Box) -> Position:
    """The place of a cursor, or of the word now. Raises Problem when it is no cursor of this
    box, or when something after it is no longer kept."""
    if after == NOW:
        return Change.objects.present(box)
    position = read_cursor(after, box)
    if Change.objects.lost(box, position):
        sentence = _(
            "Changes after this cursor are gone: it is more than %(days)d days old, or a backup "
            "was put back. Ask for changes after now, then read the list of messages anew."
        ) % {"days": settings.CHANGES_DAYS}
        raise Problem(sentence, status=410, code="cursor_expired", fields={"after": [sentence]})
    return position


def cursor_at(position: Position, box: Box) -> str:
    """Where the telling goes on: opaque, good for this box, and for as long as changes are
    kept. It is signed with the key that never rotates, for callers keep it for weeks."""
    plain = b"".join(number.to_bytes(NUMBER, "big") for number in position)
    signature = _signature(plain, box)
    return _written(signature + _masked(plain, signature))


def read_cursor(cursor: str, box: Box) -> Position:
    """Raises Problem when it is forged or belongs to another box."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    signature, masked = raw[:SIGNATURE], raw[SIGNATURE:]
    if len(masked) == 2 * NUMBER and _written(raw) == cursor:
        plain = _masked(masked, signature)
        if hmac.compare_digest(signature, _signature(plain, box)):
            halves = (plain[:NUMBER], plain[NUMBER:])
            return Position(*(int.from_bytes(half, "big") for half in halves))
    sentence = _("This cursor does not belong to this box. Begin without one, or with now.")
    raise Problem(sentence, code="cursor_invalid", fields={"after": [sentence]})


def _signature(plain: bytes, box: Box) -> bytes:
    return _digest("cursor", box.pk.to_bytes(NUMBER, "big") + plain)[:SIGNATURE]


def _masked(plain: bytes, signature: bytes) -> bytes:
    mask = _digest("mask", signature)
    return bytes(a ^ b for a, b in zip(plain, mask, strict=False))


def _digest(purpose: str, text: bytes) -> bytes:
    key = hmac.digest(settings.HASH_KEY, b"boxes.api.events", "sha256")
    return hmac.digest(key, purpose.encode() + b"\0" + text, "sha256")


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
