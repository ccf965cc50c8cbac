"""``__message/port``: another cell delivers, and proves by its unit's signature who it is."""

import logging
from contextlib import suppress
from dataclasses import replace
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now

from boxes.envelope import Address, Envelope
from boxes.models import ApiKey, Box, Message
from transports.doors import read_body
from transports.models import CellMessage
from transports.personium.answered import SOURCE, reference_of
from transports.personium.assertion import (
    BadSignature,
    Expired,
    NoAssertion,
    read_assertion,
    read_roots,
)
from transports.personium.carried import MESSAGE
from transports.personium.cells import NotACell, cell_url
from transports.personium.facade import destinations
from transports.personium.facade.answers import in_json
from transports.personium.facade.callers import bearer, key_of, noted
from transports.personium.facade.cell import address_of, first_generation, url_of
from transports.personium.facade.entities import RECEIVED, entity_of, etag_of, uri_of
from transports.personium.facade.errors import CellError, wrong_field
from transports.personium.facade.fields import Field, is_identifier, read_fields
from transports.personium.facade.requests import check_request, is_uri
from transports.personium.facade.sending import CONTENT, REQUESTS, content_of

logger = logging.getLogger(__name__)

# Two cells can come with one identifier at the same moment; the second then sees the first.
TRIES = 3


def fields_of_port() -> tuple[Field, ...]:
    """The first generation wants all of them given, the second has defaults."""
    first = first_generation()
    content = (replace(item, default=None, required=True) if first else item for item in CONTENT)
    return (
        Field("__id", fits=is_identifier, required=True),
        Field("Schema"),
        Field("InReplyTo", fits=is_identifier),
        Field("From", required=True),
        Field("MulticastTo"),
        *content,
        Field("Status", required=True),
        *REQUESTS[first],
    )


def deliver(request: HttpRequest, cell: str) -> HttpResponse:
    issuer = issuer_of(request, cell)
    box = Box.objects.filter(name=cell, state=Box.State.OPEN).first()
    if box is None:
        raise noted(request, "PR403-AU-0001", "box_not_open", cell, issuer)
    values = read_fields(read_body(request), fields_of_port(), "ReceivedMessage")
    others = checked(values, issuer)
    message = received(box, values, issuer, others)
    entity = entity_of(message, RECEIVED)
    headers = {"Location": uri_of(message, RECEIVED), "ETag": etag_of(message)}
    return in_json({"d": {"results": entity}}, 201, DataServiceVersion="2.0", **headers)


def issuer_of(request: HttpRequest, cell: str) -> str:
    """The URL of the calling cell, as its unit signed it. Raises CellError."""
    token = bearer(request, cell)
    if ApiKey.split_token(token)[0]:
        key_of(request, token, cell)
        raise noted(request, "PR403-AU-0002", "no_cell", cell)  # our key is no cell
    try:
        found = read_assertion(token, trusted_roots(), now())
        issuer = cell_url(found.issuer)
    except (NoAssertion, NotACell) as error:
        raise noted(request, "PR401-AU-0006", "credentials_wrong", cell) from error
    except BadSignature as error:
        raise noted(request, "PR401-AU-0008", "credentials_wrong", cell) from error
    except Expired as error:
        raise noted(request, "PR401-AU-0002", "credentials_wrong", cell) from error
    if found.subject != found.issuer or found.audience != url_of(cell):
        raise noted(request, "PR403-AU-0002", "no_cell", cell, issuer)
    return issuer


def trusted_roots() -> list:
    """None where no file is set: then nobody is let in."""
    if not settings.PERSONIUM_ROOTS_FILE:
        return []
    try:
        return read_roots(settings.PERSONIUM_ROOTS_FILE)
    except (OSError, ValueError):
        logger.exception("PERSONIUM_ROOTS_FILE cannot be read, so no cell can deliver")
        return []


def checked(values: dict[str, Any], issuer: str) -> list[str]:
    """The other destinations, after all checks in the order of the real server."""
    if values["Schema"]:
        raise CellError("PR400-RM-0002", values["Schema"])  # cells here have no boxes inside
    if values["Status"] != ("unread" if values["Type"] == MESSAGE else "none"):
        raise wrong_field("Status")
    check_sender(values["From"], issuer)
    several = values["MulticastTo"]
    others = destinations.check_form(several) if several is not None else []
    check_request(values, at_port=True)
    if len(others) >= destinations.MOST:
        raise wrong_field("MulticastTo")
    return others


def check_sender(sender: str, issuer: str) -> None:
    """Nobody delivers in another cell's name."""
    if first_generation():
        if not is_uri(sender, ("http", "https", "urn", "personium-localunit")):
            raise wrong_field("From")
    elif not destinations.is_well_formed(sender):
        raise CellError("PR400-OD-0049", "From")
    try:
        same = cell_url(sender) == issuer
    except NotACell:
        same = False
    if not same:
        raise wrong_field("From")


def received(box: Box, values: dict[str, Any], issuer: str, others: list[str]) -> Message:
    """Into the INBOX, once for each identifier of each cell. Raises CellError."""
    identifier = values["__id"]
    envelope = Envelope(
        to=(
            Address(box.name, box.display_name),
            *(Address(address_of(url)) for url in others),
        ),
        sender=Address(issuer),
        id=identifier,
        in_reply_to=reference_of(box, values["InReplyTo"] or ""),
        **content_of(values, identifier),
    )
    for _again in range(TRIES):
        cell_id = CellMessage.objects.room_for(box, identifier, issuer)
        if not cell_id:
            raise CellError("PR409-OD-0003")
        with suppress(IntegrityError), transaction.atomic():
            message = Message.objects.receive(
                box, envelope, source=SOURCE, remote_id=cell_id, through=issuer[:255]
            )
            CellMessage.objects.keep(message, cell_id)
            return Message.objects.select_related("box", "cell").get(pk=message.pk)
    raise CellError("PR500-SV-9999", "1")
