"""``__message/send``: a message into the OUTBOX, and the result of each destination."""

import re
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse

from boxes.envelope import Address, Envelope
from boxes.errors import Rejected
from boxes.models import Box, Message
from boxes.models.box import NAME_PATTERN
from transports.doors import read_body
from transports.models import CellMessage
from transports.personium import carried
from transports.personium.answered import reference_of
from transports.personium.carried import MESSAGE
from transports.personium.facade import destinations, inline
from transports.personium.facade.answers import in_json
from transports.personium.facade.callers import Caller, caller_of
from transports.personium.facade.cell import address_of, first_generation
from transports.personium.facade.entities import SENT, entity_of, etag_of, uri_of
from transports.personium.facade.errors import CellError, wrong_field
from transports.personium.facade.fields import (
    BOOLEAN,
    LIST,
    NUMBER,
    Field,
    is_identifier,
    is_priority,
    is_relation,
    is_title,
    is_type,
    read_fields,
)
from transports.personium.facade.requests import check_request, completed, has_nameless_rule
from transports.personium.facade.results import answered

REQUESTS = {
    True: (Field("RequestRelation"), Field("RequestRelationTarget")),
    False: (Field("RequestObjects", LIST),),
}
CONTENT = (
    Field("Type", fits=is_type, default=MESSAGE),
    Field("Title", fits=is_title, default=""),
    Field("Body", default=""),
    Field("Priority", NUMBER, fits=is_priority, default=3),
)
FIELDS = (
    Field("__id", fits=is_identifier),
    Field("BoxBound", BOOLEAN),
    Field("InReplyTo", fits=is_identifier),
    Field("To"),
    Field("ToRelation", fits=is_relation),
    *CONTENT,
)
NUL = "\0"


def send(request: HttpRequest, cell: str) -> HttpResponse:
    caller = caller_of(request, cell, "send")
    fields = (*FIELDS, *REQUESTS[first_generation()])
    values = read_fields(read_body(request), fields, "SentMessage")
    urls = checked(values, caller.box)
    if not values["__id"] and has_nameless_rule(values.get("RequestObjects")):
        values["__id"] = uuid4().hex  # the rule is called after it
    identifier = values["__id"] or ""
    if identifier and is_taken(caller.box, identifier):
        raise CellError("PR409-OD-0003")
    addresses = [address_of(url) for url in urls]
    elsewhere = any(not re.fullmatch(NAME_PATTERN, item, re.ASCII) for item in addresses)
    with inline.place_to_wait(elsewhere):
        message = posted(caller, values, addresses)
        inline.deliver_elsewhere(message)
    return outcome(message)


def checked(values: dict[str, Any], box: Box) -> list[str]:
    """The destinations, after all checks in the order of the real server. Raises CellError."""
    if values["BoxBound"]:
        raise CellError("PR400-SM-0004", "null")  # no token of ours is an application's
    urls = destinations.check_form(values["To"]) if values["To"] is not None else []
    if not urls and values["ToRelation"] is None:
        raise wrong_field("To,ToRelation")
    if first_generation():
        destinations.check_unit(urls, box)
    check_request(values)
    if values["ToRelation"] is not None:
        raise CellError("PR400-SM-0001", values["ToRelation"])  # cells here have no relations
    return destinations.distinct(urls)


def posted(caller: Caller, values: dict[str, Any], addresses: list[str]) -> Message:
    """The message, its place in the cell and its copies in our own boxes, or nothing at all."""
    try:
        with transaction.atomic():
            envelope = envelope_of(caller.box, values, addresses)
            message = Message.objects.post(caller.box, envelope, caller=caller.key)
            kept = CellMessage.objects.keep(message, values["__id"] or "", values["To"])
            inline.deliver_here(message, kept.cell_id)
    except Rejected as error:
        raise wrong_field(f"To: {error}" if error.field == "to" else str(error)) from error
    except IntegrityError as error:  # the same identifier at the same moment
        raise CellError("PR409-OD-0003") from error
    message.refresh_from_db()
    message.box = caller.box
    return message


def envelope_of(box: Box, values: dict[str, Any], addresses: list[str]) -> Envelope:
    return Envelope(
        to=tuple(Address(address) for address in addresses),
        sender=Address(box.name, box.display_name),
        id=values["__id"] or "",
        in_reply_to=reference_of(box, values["InReplyTo"] or ""),
        **content_of(values, values["__id"] or ""),
    )


def content_of(values: dict[str, Any], identifier: str) -> dict[str, Any]:
    """Subject, headers and content of an envelope, by the fields of a message."""
    title, objects = values["Title"], values.get("RequestObjects")
    if objects and values["Type"] != MESSAGE:
        values = {**values, "RequestObjects": completed(objects, identifier)}
    return {
        "subject": title.replace(NUL, " "),
        "headers": {**carried.headers_of(values), **carried.title_header(title)},
        "content_type": "text/plain",
        "content": values["Body"].encode(),
    }


def outcome(message: Message) -> HttpResponse:
    deliveries = list(message.deliveries.order_by("n"))
    unreached = [item for item in deliveries if not answered(item)[0]]
    if not settings.PERSONIUM_KEEP_UNREACHED:
        inline.withdraw(message, untried=bool(unreached))
        if unreached:
            # As the real server: nothing is noted, though some may have it.
            message.cell.release()
            raise CellError("PR500-SM-0001")
    message = Message.objects.select_related("box", "cell").get(pk=message.pk)
    entity = entity_of(message, SENT, noted=deliveries)
    headers = {"Location": uri_of(message, SENT), "ETag": etag_of(message)}
    return in_json({"d": {"results": entity}}, 201, DataServiceVersion="2.0", **headers)


def is_taken(box: Box, identifier: str) -> bool:
    out = Message.Direction.OUT
    return CellMessage.objects.filter(box=box, direction=out, cell_id=identifier).exists()
