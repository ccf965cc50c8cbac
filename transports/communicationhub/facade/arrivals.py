"""ReceiveMail: a mail that came in at Mailgun, as a message in the INBOX of a box."""

import hashlib
import hmac
from typing import Any

from django.conf import settings

from boxes.api.fields import is_mime_type
from boxes.envelope import Address, Attachment, Envelope
from boxes.models import Box, Delivery, Message
from boxes.xuid import is_xuid
from transports.communicationhub.documents import HEADER
from transports.communicationhub.facade.addressees import NotAList, read_list, read_one
from transports.communicationhub.facade.reports import known_there
from transports.communicationhub.formats.raw import File
from transports.email.unproven import is_ours
from transports.models import Account

LONGEST = 255
TEXT_FILE = "message.txt"
# How a mail came in whose sender may be anybody.
UNVERIFIED = "e-mail, sender not verified"


def box_for(account: Account, recipient: str) -> Box | None:
    """The account's own box, else the box that has this address; None for no box of ours."""
    if account.box is not None:
        return account.box if account.box.state == Box.State.OPEN else None
    try:
        address = read_one(recipient).address
    except NotAList:
        return None
    opened = Box.objects.filter(state=Box.State.OPEN)
    name, _, domain = address.rpartition("@")
    if settings.MAIL_DOMAIN and domain.lower() == settings.MAIL_DOMAIN.lower():
        return opened.filter(name=name.lower()).first()
    listing = opened.exclude(sender_addresses=[])
    return next((box for box in listing if box.may_send_as(address)), None)


def receive(box: Box, members: dict[str, Any], files: tuple[File, ...], token: str) -> Message:
    """Put the mail into the box, once; where it has no Message-ID, once for each post."""
    envelope = envelope_of(box, members, files)
    return Message.objects.receive(
        box,
        envelope,
        source=HEADER,
        remote_id=fingerprint_of(envelope, members.get("MessageId", "").strip() or token),
        through="" if envelope.sender and envelope.sender.address else UNVERIFIED,
    )


def fingerprint_of(envelope: Envelope, message_id: str) -> str:
    """By what the mail says as well: its Message-ID is a stranger's word, and another mail may
    bear the same."""
    assert envelope.sender is not None
    said = hmac.new(settings.HASH_KEY, b"mail that came in", hashlib.sha256)
    texts = (message_id, envelope.sender.address, envelope.sender.display_name, envelope.subject)
    parts = [text.encode() for text in texts] + [envelope.content_type.encode(), envelope.content]
    for file in envelope.attachments:
        parts += [file.filename.encode(), file.content_type.encode(), file.content]
    for part in parts:  # each with its length, so that nothing moves from one into the next
        said.update(len(part).to_bytes(8, "big") + part)
    return said.hexdigest()


def envelope_of(box: Box, members: dict[str, Any], files: tuple[File, ...]) -> Envelope:
    content_type, content, beside = _body(members)
    subject = members.get("Subject", "")
    headers: dict[str, str] = {
        name: members[name] for name in ("Sender", "Recipient") if name in members
    }
    if len(subject) > settings.MAX_SUBJECT_LENGTH:
        headers["Subject"] = subject
    missing = members.get("AttachmentCount", 0) - len(files)
    if missing > 0:  # the mail was passed on without them: its reader must know
        headers["Attachments that were not passed on"] = str(missing)
    return Envelope(
        sender=_sender(members),
        to=_people(members.get("To", "")) or _people(members.get("Recipient", "")),
        cc=_people(members.get("CC", "")),
        subject=subject[: settings.MAX_SUBJECT_LENGTH],
        id=members.get("MessageId", "").strip()[:LONGEST],
        in_reply_to=_answered(box, members.get("InReplyTo", "").strip())[:LONGEST],
        content_type=content_type,
        content=content,
        attachments=(*beside, *map(_attachment, files)),
        headers=headers,
    )


def _body(members: dict[str, Any]) -> tuple[str, bytes, tuple[Attachment, ...]]:
    """The whole bodies where they are given, else those without quotes and signature. HTML
    comes first; the text beside it goes along as a file."""
    html = members.get("WholeHTML") or members.get("HTML", "")
    text = members.get("WholeText") or members.get("Text", "")
    plain = "text/plain; charset=utf-8"
    if not html:
        return plain, text.encode(), ()
    beside = (Attachment(TEXT_FILE, plain, text.encode()),) if text else ()
    return "text/html; charset=utf-8", html.encode(), beside


def _attachment(file: File) -> Attachment:
    content_type = file.content_type
    if not is_mime_type(content_type) or len(content_type) > LONGEST:
        content_type = "application/octet-stream"
    return Attachment(file.filename[-LONGEST:], content_type, file.content)


def _sender(members: dict[str, Any]) -> Address:
    """Whom the mail shows; where that is no address, whom the mail system names, with what the
    mail shows as name. A mail cannot speak for a box: what reads as one is a name only."""
    shown = members.get("From", "")
    written = _people(shown)
    named = written[0] if written else Address("")
    if named.address and not _poses(named.address):
        return named
    if named.address:
        return Address("", shown[:LONGEST])
    envelope = _people(members.get("Sender", ""))
    address = envelope[0].address if envelope else ""
    return Address("" if _poses(address) else address, (shown or address)[:LONGEST])


def _poses(address: str) -> bool:
    """Whether it reads as one of our boxes, of which none sends to another by mail."""
    return is_ours(address) or (bool(address) and "@" not in address)


def _people(text: str) -> tuple[Address, ...]:
    """The addresses in a header of a stranger; as one name where it is no list of them."""
    try:
        found = read_list(text)
    except NotAList:
        return (Address("", text[:LONGEST]),)
    return tuple(item for item in found if len(item.address) <= 1000)


def _answered(box: Box, message_id: str) -> str:
    """The message of this box that the mail answers, by its xuid where we know it."""
    wanted = message_id.strip("<>")
    xuid = wanted.partition("@")[0]
    if is_xuid(xuid) and Message.objects.in_box(box).filter(xuid=xuid).exists():
        return xuid
    sent = Delivery.objects.filter(transport=HEADER, message__box=box).select_related("message")
    found = known_there(sent, wanted).first() if wanted else None
    return found.message.xuid if found else message_id
