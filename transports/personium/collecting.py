"""What other cells answered to the account's own cell, taken into the box of the account."""

import logging
import re
import time
from datetime import UTC, datetime
from typing import Any

from django.db import DatabaseError, transaction

from boxes.envelope import Address, Envelope
from boxes.models import Box
from transports.base import NOT_STORED, Refused, left_there
from transports.models import Account, CellMessage, Collected
from transports.personium import carried
from transports.personium.answered import ID_LENGTH, reference_of
from transports.personium.client import Login, Session
from transports.wire.faults import Doubt, Fault

logger = logging.getLogger(__name__)

PAGE = 500
FARTHEST = 100_000
# After so long the next round goes on; a session of calls lasts no longer either.
STRETCH = 20.0
_DATE = re.compile(r"/Date\((-?\d{1,14})\)/", re.ASCII)


def collect(account: Account, login: Login) -> int:
    """Store the oldest first, so that what is new lies before what is known; then delete.

    A request stays there, to be approved there. What cannot be stored stops no other. Raises
    Refused.
    """
    until, new, failed, reason = time.monotonic() + STRETCH, 0, 0, ""
    try:
        session = Session(login)
        waiting = waiting_in(session, account)
    except (Fault, Doubt) as fault:
        raise Refused(str(fault), permanent=False) from fault
    for identifier in waiting:
        if time.monotonic() > until:
            break
        try:
            new += take(account, session, identifier)
        except (Fault, Doubt) as fault:
            failed, reason = failed + 1, str(fault)
        except (ValueError, DatabaseError):
            logger.exception("A message of %s could not be stored", account.origin)
            failed, reason = failed + 1, NOT_STORED
    if failed:
        raise left_there(failed, len(waiting), reason)
    return new


def waiting_in(session: Session, account: Account) -> list[str]:
    """What is not yet taken, or not yet deleted, oldest first."""
    owns, found = account.incoming_mode == Account.Mode.OWN, []
    for skip in range(0, FARTHEST, PAGE):
        page = session.received_ids(PAGE, skip)
        known = known_among(account, page)
        found += [item for item in page if item not in known or owns]
        # Whatever lies behind a page that is known was taken before it, or failed then.
        caught_up = not owns and not account.collect_error and len(known) == len(set(page))
        if len(page) < PAGE or caught_up:
            break
    return found[::-1]


def known_among(account: Account, identifiers: list[str]) -> set[str]:
    rows = Collected.objects.filter(account=account, unique_id__in=identifiers)
    return set(rows.values_list("unique_id", flat=True))


def take(account: Account, session: Session, identifier: str) -> int:
    """Fetch, store, and only then delete; returns how many were new."""
    owns = account.incoming_mode == Account.Mode.OWN
    known = account.has_collected(identifier)
    if known and not owns:
        return 0
    entity = session.received(identifier)
    if entity is None:
        return 0
    new = 0 if known else store(account, identifier, entity)
    if owns and entity.get("Type", carried.MESSAGE) == carried.MESSAGE:
        session.drop(identifier)
    return new


def store(account: Account, identifier: str, entity: dict[str, Any]) -> int:
    box = account.box
    assert box is not None  # the table lets no other account collect
    envelope = envelope_of(box, entity)
    assert envelope.sender is not None
    cell_id = CellMessage.objects.room_for(box, identifier, envelope.sender.address)
    if not cell_id:
        account.remember(identifier)  # it came by the box's own port as well
        return 0
    with transaction.atomic():
        message = account.receive(envelope, identifier)
        if message is not None and len(identifier) == ID_LENGTH:
            CellMessage.objects.keep(message, cell_id)
    return 1 if message is not None else 0


def envelope_of(box: Box, entity: dict[str, Any]) -> Envelope:
    """What a cell gave, as far as it is of the kind that it should be."""
    title, sender = text_of(entity, "Title"), text_of(entity, "From")
    others = [url for url in text_of(entity, "MulticastTo").split(",") if url]
    headers = {f"{carried.PREFIX}{name}": entity.get(name) for name in carried.FIELDS}
    fields = carried.fields_of(headers)
    return Envelope(
        to=(Address(box.name, box.display_name), *(Address(kept(url, 1000)) for url in others)),
        sender=Address(kept(sender, 1000)),
        subject=kept(title, 998),
        headers={**carried.headers_of(fields), **carried.title_header(title)},
        content_type="text/plain",
        content=text_of(entity, "Body").encode("utf-8", "replace"),
        id=text_of(entity, "__id"),
        sent_at=moment_of(entity.get("__published")),
        in_reply_to=reference_of(box, kept(text_of(entity, "InReplyTo"), 255)),
    )


def text_of(entity: dict[str, Any], name: str) -> str:
    value = entity.get(name)
    return value if isinstance(value, str) else ""


def kept(text: str, most: int) -> str:
    """As a column keeps it."""
    return text.replace("\0", " ").encode("utf-8", "replace").decode()[:most]


def moment_of(value: object) -> datetime | None:
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        return datetime.fromtimestamp(int(match[1]) / 1000, UTC) if match else None
    except (ValueError, OverflowError, OSError):
        return None
