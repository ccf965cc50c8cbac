"""SendMail, SendSMS and SendLetter as an envelope of ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from boxes.api.fields import is_mime_type
from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Box
from boxes.models.property import MAX_VALUE
from transports.communicationhub import addresses
from transports.communicationhub.addresses import NotAnAddress, PostalAddress
from transports.communicationhub.binding import EMPTY, UNFIT, Fault, Unfit
from transports.communicationhub.documents import HEADER, OPTIONS, PDF
from transports.communicationhub.facade.addressees import NotAList, read_list, read_one
from transports.communicationhub.operations import (
    LETTER_LIMIT,
    MAIL_LIMIT,
    SEND_LETTER,
    SEND_MAIL,
    SEND_SMS,
    Operation,
)
from transports.email.parts import SAME_AS_TEXT

MOST_NAME = 255
TEXT_FILE = "message.txt"


class TooLarge(Exception):
    """More than the original takes."""


@dataclass(frozen=True)
class Posting:
    """An envelope, those whom no receiver sees, and whom the answer names as receiver."""

    envelope: Envelope
    receiver: str
    hidden: tuple[Address, ...] = ()


def posting_of(operation: Operation, members: dict[str, Any], box: Box) -> Posting:
    """Raises Unfit or TooLarge."""
    if len(members.get("Reference", "")) > MAX_VALUE:
        raise Unfit(Fault(UNFIT, "Reference", f"Reference has more than {MAX_VALUE} characters."))
    return _READERS[operation](members, box)


def _mail(members: dict[str, Any], box: Box) -> Posting:
    faults = [*_mail_faults(members), *_domain_faults(members, box)]
    to, cc, bcc = (_people(members, name, faults) for name in ("To", "CC", "BCC"))
    attachments = _attachments(members, faults)
    if faults:
        raise Unfit(*faults)
    if len(to) == 1 and members.get("ReceiverName"):
        to = (Address(to[0].address, members["ReceiverName"][:200]),)
    content_type, content, beside = _body(members)
    kept = {"Domain": members.get("Domain"), "TextFile": beside.filename if beside else None}
    attachments = [beside, *attachments] if beside else attachments
    if len(content) + sum(len(part.content) for part in attachments) > MAIL_LIMIT:
        raise TooLarge("A mail takes at most 25 MB with its attachments.")
    sender, headers = _sender(members, box)
    envelope = Envelope(
        to=to,
        cc=cc,
        sender=sender,
        subject=members["Subject"],
        content_type=content_type,
        content=content,
        attachments=tuple(attachments),
        headers={**headers, **_header(kept)},
    )
    return Posting(envelope, members["To"], bcc)


def _mail_faults(members: dict[str, Any]) -> list[Fault]:
    faults = _empty(members, "From", "To", "Subject")
    if not (members.get("Text") or members.get("HTML")):
        faults.append(Fault(EMPTY, "Text", "Text and HTML are both missing."))
    most = settings.MAX_SUBJECT_LENGTH
    if len(members.get("Subject", "")) > most:
        faults.append(Fault(UNFIT, "Subject", f"Subject has more than {most} characters."))
    return faults


def _body(members: dict[str, Any]) -> tuple[str, bytes, Attachment | None]:
    """HTML where it is given; a text beside it goes along as a file, so that none is lost."""
    text = members.get("Text", "").encode()
    if "HTML" not in members:
        return "text/plain; charset=utf-8", text, None
    beside = Attachment(TEXT_FILE, SAME_AS_TEXT, text) if text else None
    return "text/html; charset=utf-8", members["HTML"].encode(), beside


def _sms(members: dict[str, Any], box: Box) -> Posting:
    if faults := _empty(members, "Receiver", "Message"):
        raise Unfit(*faults)
    try:
        address = addresses.sms_address(members["Receiver"])
    except NotAnAddress as error:
        raise Unfit(Fault(UNFIT, "Receiver", str(error))) from error
    envelope = Envelope(
        to=(Address(address),),
        content_type="text/plain; charset=utf-8",
        content=members["Message"].encode(),
        headers=_header({"Sender": members.get("Sender")}),
    )
    return Posting(envelope, members["Receiver"])


def _letter(members: dict[str, Any], box: Box) -> Posting:
    if faults := _letter_faults(members):
        raise Unfit(*faults)
    lines = tuple(members.get(f"AddressLine{n}", "") for n in range(1, addresses.MOST_LINES + 1))
    postal = PostalAddress(lines, members["ZipCode"], members["City"], members.get("Country", ""))
    covers = [members["CoverFile"]] if members.get("CoverLetter") else []
    envelope = Envelope(
        to=(Address(_letter_address(postal), members["AddressLine1"][:200]),),
        subject=members["FileName"],
        content_type=PDF,
        content=members["File"],
        attachments=tuple(Attachment("cover.pdf", PDF, cover) for cover in covers),
        headers=_header({name: members.get(name) for name in OPTIONS["SendLetter"]}),
    )
    return Posting(envelope, postal.shown)


def _letter_faults(members: dict[str, Any]) -> list[Fault]:
    """Raises TooLarge."""
    faults = _empty(members, "FileName", "File", "AddressLine1", "ZipCode", "City")
    if members.get("CoverLetter"):
        faults += _empty(members, "CoverFile")
    for name in ("File", "CoverFile"):
        if name in members and not members[name].startswith(b"%PDF"):
            faults.append(Fault(UNFIT, name, f"{name} is no PDF."))
        if len(members.get(name, b"")) > LETTER_LIMIT:
            raise TooLarge(f"{name} takes at most 20 MB.")
    if len(members.get("FileName", "")) > MOST_NAME:
        faults.append(Fault(UNFIT, "FileName", f"FileName has more than {MOST_NAME} characters."))
    return faults


def _header(options: dict[str, Any]) -> dict[str, Any]:
    """What the envelope asks of the operation itself; false, 0 and empty are what it is anyway."""
    given = {name: value for name, value in options.items() if value}
    return {HEADER: given} if given else {}


def _letter_address(postal: PostalAddress) -> str:
    """Raises Unfit."""
    try:
        address = addresses.letter_address(postal)
    except NotAnAddress as error:
        raise Unfit(Fault(UNFIT, "AddressLine1", str(error))) from error
    if len(address) > 1000:
        raise Unfit(Fault(UNFIT, "AddressLine1", "The address has more than 1000 characters."))
    return address


def _empty(members: dict[str, Any], *needed: str) -> list[Fault]:
    missing = [name for name in needed if not members.get(name)]
    return [Fault(EMPTY, name, f"{name} is missing.") for name in missing]


def _people(members: dict[str, Any], name: str, faults: list[Fault]) -> tuple[Address, ...]:
    try:
        found = read_list(members.get(name, ""))
    except NotAList as error:
        faults.append(Fault(UNFIT, name, f"{name}: {error}"))
        return ()
    if not found and name in members:
        faults.append(Fault(EMPTY, name, f"{name} holds no address."))
    return found


def _domain_faults(members: dict[str, Any], box: Box) -> list[Fault]:
    """The sending domain has to be one that this box sends from."""
    ours = {settings.MAIL_DOMAIN, *(item.rpartition("@")[2] for item in box.sender_addresses)}
    domain = members.get("Domain", "")
    if not domain or domain.lower() in {item.lower() for item in ours if item}:
        return []
    return [Fault(UNFIT, "Domain", f"“{domain[:100]}” is no domain that this box sends from.")]


def _attachments(members: dict[str, Any], faults: list[Fault]) -> list[Attachment]:
    attachments = []
    for index, given in enumerate(members.get("Attachments", ())):
        place = f"Attachments[{index}]"
        name, content_type = given.get("Name", ""), given.get("ContentType", "")
        if not name or "Bytes" not in given:
            missing = "Bytes" if name else "Name"
            faults.append(Fault(EMPTY, f"{place}.{missing}", f"{place}.{missing} is missing."))
        elif len(name) > MOST_NAME:
            faults.append(Fault(UNFIT, f"{place}.Name", "This name is longer than 255 characters."))
        elif content_type and not (is_mime_type(content_type) and len(content_type) <= 255):
            faults.append(Fault(UNFIT, f"{place}.ContentType", "This is no MIME type."))
        else:
            attachments.append(
                Attachment(name, content_type or "application/octet-stream", given["Bytes"])
            )
    return attachments


def _sender(members: dict[str, Any], box: Box) -> tuple[Address, dict[str, str]]:
    """The sender that the mail shows, and what the caller wrote where that is another."""
    named = members["From"]
    name = members.get("FromName", "")[:255]
    try:
        written = read_one(named)
    except NotAList:
        written = Address("")
    name = name or written.display_name
    if box.may_send_as(written.address):
        return Address(written.address, name or box.display_name), {}
    return Address(box.name, name or box.display_name), {"From": named[:1000]}


_READERS: dict[Operation, Callable[[dict[str, Any], Box], Posting]] = {
    SEND_MAIL: _mail,
    SEND_SMS: _sms,
    SEND_LETTER: _letter,
}
