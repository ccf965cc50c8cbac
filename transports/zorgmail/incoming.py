"""A message of ZorgMail as an envelope: its type made precise, and each of its fields kept."""

import re
from dataclasses import fields, replace
from datetime import datetime
from email.utils import parseaddr

from django.utils.timezone import is_naive, make_aware

from boxes.content_types import EDIFACT, MAIL, XML, plain, recognise
from boxes.envelope import Address, Envelope
from transports.email.edi import is_edi_xml
from transports.email.fitting import fitting
from transports.email.heading import address_of
from transports.email.reading import read_mail
from transports.zorgmail.client import Incoming

# The service's own words for our types; one of them has two spellings.
TYPES = {
    "MEDLAB": "application/vnd.edi.medlab+xml",
    "MEDVRI": "application/vnd.edi.medvri+xml",
    "MEDVRY": "application/vnd.edi.medvri+xml",
    "MEDSPE": "application/vnd.edi.medspe+xml",
}
_ACCOUNT = re.compile(r"5000\d{4,5}")  # eight digits can also be a care provider's code


def envelope_of(incoming: Incoming, receiver: Address, domain: str) -> Envelope:
    """``receiver`` is the account itself, for a message that names nobody. Never fails."""
    kind = content_type_of(incoming)
    frame = Envelope(
        to=(_receiver(incoming, receiver, domain),),
        sender=_sender(incoming, domain),
        subject=incoming.document_subject or incoming.header_subject,
        id=incoming.header_message_id or incoming.message_id,
        sent_at=_aware(incoming.document_timestamp or incoming.receive_timestamp),
        headers=headers_of(incoming),
        content_type=kind,
        content=incoming.content,
    )
    if plain(kind) != MAIL:
        return fitting(frame)
    mail = read_mail(incoming.content, receiver)
    return fitting(
        replace(
            mail,
            id=mail.id or frame.id,
            subject=mail.subject or frame.subject,
            sender=mail.sender if mail.sender and mail.sender.address else frame.sender,
            sent_at=mail.sent_at or frame.sent_at,
            headers={**mail.headers, **frame.headers},
        )
    )


def content_type_of(incoming: Incoming) -> str:
    """By the document's type where the content is what that says, else as it was given."""
    found = recognise(incoming.content)
    if found == EDIFACT:
        return EDIFACT
    named = TYPES.get(incoming.document_type.strip().upper().partition("_")[0], "")
    if found == XML or is_edi_xml(found):
        return named or (found if is_edi_xml(found) else incoming.content_type)
    return incoming.content_type


def is_in_parts(incoming: Incoming) -> bool:
    """Whether the content is the inside of a mail, of which the whole can be had."""
    return incoming.content_type.strip().lower().startswith("multipart/")


def headers_of(incoming: Incoming) -> dict[str, str]:
    """All that the service says about it, in the service's own spelling."""
    found = {}
    for item in fields(incoming):
        value = getattr(incoming, item.name)
        if item.name != "content" and value not in ("", None):
            first, *others = item.name.split("_")
            wired = first + "".join(word.capitalize() for word in others)
            found[wired] = value.isoformat() if isinstance(value, datetime) else str(value)
    return found


def _sender(incoming: Incoming, domain: str) -> Address:
    for given in (incoming.document_sender, incoming.header_from, incoming.source_address):
        if given and (found := _address(given, domain)).address:
            return found
    given = incoming.document_sender or incoming.header_from or incoming.source_address
    return _address(given, domain)


def _receiver(incoming: Incoming, receiver: Address, domain: str) -> Address:
    for given in (incoming.document_recipient, incoming.header_to):
        if given and (found := _address(given, domain)).address:
            return found
    return receiver


def _address(given: str, domain: str) -> Address:
    """A number of an account stands for its address."""
    if _ACCOUNT.fullmatch(given.strip()):
        return Address(f"{given.strip()}@{domain}")
    person, address = parseaddr(given)
    return address_of(person, address) if address else address_of(given, "")


def _aware(moment: datetime | None) -> datetime | None:
    return make_aware(moment) if moment and is_naive(moment) else moment
