"""A message as the members of SendMail, SendSMS or SendLetter.

What an operation has no member for is refused with a sentence. Its own settings (the sender of
an SMS, colour and cover of a letter) stand in the envelope header ``communicationhub``.
"""

import base64
import re
from typing import Any

from boxes.models import Box, Delivery, Message
from boxes.sentence import Sentence
from transports.base import Refused
from transports.communicationhub import addresses
from transports.communicationhub.addresses import NotAnAddress
from transports.communicationhub.operations import LETTER_LIMIT, MAIL_LIMIT
from transports.email.headers import NotAnAddress as NotMailable
from transports.email.headers import wire_address
from transports.email.parts import essence_of, file_name
from transports.email.transport import refuse_guarded, sending_domain

HEADER = "communicationhub"
PDF = "application/pdf"
# What the header may hold for each operation and is passed on.
OPTIONS: dict[str, dict[str, type]] = {
    "SendMail": {"Domain": str},
    "SendSMS": {"Sender": str},
    "SendLetter": {
        **dict.fromkeys(("TestFlag", "TestShowRestrictedArea", "IsColor", "IsDuplex"), bool),
        **dict.fromkeys(("SenderAdressLine1", "SenderStreet", "SenderZipCode"), str),
        **{"SenderCity": str, "TestEMail": str, "BatchId": int, "CoverLetter": bool},
    },
}
# What our façade says there besides: which of the files is the text beside the HTML.
KEPT = ("TextFile",)
# Headers that are about the hand-over to us, and need not travel.
OURS = (HEADER, "From")


def members_of(delivery: Delivery) -> tuple[str, dict[str, Any]]:
    """The operation and its members. Raises Refused."""
    message = delivery.message
    if addresses.is_sms(delivery.address):
        operation, members = "SendSMS", _sms(message, delivery.address)
    elif addresses.is_letter(delivery.address):
        operation, members = "SendLetter", _letter(message, delivery)
    else:
        operation, members = "SendMail", _mail(message, delivery)
    chosen = {k: v for k, v in _options(message, operation).items() if k not in KEPT}
    return operation, {**members, **chosen, "Reference": f"{message.xuid}.{delivery.n}"}


def sender_address(box: Box, named: str) -> str:
    """The address that a box's mail comes from: the one that was named, where the box lists
    it, else the box's own. Raises Refused."""
    return named if box.may_send_as(named) else f"{box.name}@{sending_domain()}"


def _mail(message: Message, delivery: Delivery) -> dict[str, Any]:
    try:
        recipient = wire_address(delivery.address)
    except NotMailable as error:
        raise Refused(str(error), permanent=True) from error
    refuse_guarded(recipient)
    sender = sender_address(message.box, message.from_address)
    if not message.subject.strip():
        raise _refused(Sentence("CommunicationHub takes no mail without a subject. Give one."))
    members: dict[str, Any] = {
        "Domain": sender.rpartition("@")[2],
        "From": sender,
        "FromName": message.from_name or message.box.display_name,
        "To": recipient,
        "ReceiverName": delivery.display_name,
        "Subject": message.subject,
    }
    bodies, files = _bodies(message)
    size = sum(len(content) for _name, _type, content in files)
    if size + message.content.size > MAIL_LIMIT:
        raise _refused(
            Sentence("CommunicationHub takes mails of at most 25 MB. Send less at a time.")
        )
    if files:
        bodies["Attachments"] = [
            {"Bytes": _base64(content), "Name": name, "ContentType": content_type}
            for name, content_type, content in files
        ]
    return {name: value for name, value in {**members, **bodies}.items() if value}


def _bodies(message: Message) -> tuple[dict[str, Any], list[tuple[str, str, bytes]]]:
    """Text and HTML, and the files. The text that our façade got beside the HTML is put back
    in its place."""
    files = [(part.filename, part.content_type, part.body()) for part in _attachments(message)]
    content, essence = message.body(), essence_of(message.content_type)
    if essence == "text/html":
        bodies = {"HTML": _text(message.content_type, content)}
        beside = _options(message, "SendMail").get("TextFile")
        for file in files:
            if beside and file[0] == beside and essence_of(file[1]) == "text/plain":
                files.remove(file)
                return {**bodies, "Text": _text(file[1], file[2])}, files
        return bodies, files
    if essence in ("text/plain", "text/markdown"):
        return {"Text": _text(message.content_type, content) or " "}, files
    name = file_name(message.content_type, "message")
    return {"Text": message.subject}, [(name, message.content_type, content), *files]


def _sms(message: Message, address: str) -> dict[str, Any]:
    """The subject, if any, leads the text."""
    try:
        number = addresses.read_number(address)
    except NotAnAddress as error:
        raise Refused(str(error), permanent=True) from error
    if essence_of(message.content_type) != "text/plain" or message.attachments.exists():
        raise _refused(
            Sentence("An SMS carries plain text and no files. Send this by another road.")
        )
    text = _text(message.content_type, message.body())
    parts = [part for part in (message.subject.strip(), text) if part.strip()]
    if not parts:
        raise _refused(Sentence("This SMS has no text. Write one."))
    return {"Receiver": number, "Message": "\n".join(parts)}


def _letter(message: Message, delivery: Delivery) -> dict[str, Any]:
    """The content is the letter; a PDF beside it can be its cover page."""
    try:
        postal = addresses.read_letter(delivery.address)
    except NotAnAddress as error:
        raise Refused(str(error), permanent=True) from error
    letter, covers = message.body(), list(_attachments(message))
    if essence_of(message.content_type) != PDF or not letter.startswith(b"%PDF"):
        raise _refused(Sentence("A letter is one PDF. Send this as application/pdf."))
    covered = _options(message, "SendLetter").get("CoverLetter") is True
    if len(covers) != covered or any(essence_of(part.content_type) != PDF for part in covers):
        raise _refused(
            Sentence(
                "A letter is one PDF, with at most a cover page: one more PDF, announced by "
                "“CoverLetter” in the header “communicationhub”. Put files into the PDF itself."
            )
        )
    if max([len(letter), *(part.size for part in covers)]) > LETTER_LIMIT:
        raise _refused(
            Sentence("CommunicationHub takes letters of at most 20 MB. Send a smaller PDF.")
        )
    members = {
        "FileName": f"{message.xuid}.{delivery.n}.pdf",
        "File": _base64(letter),
        **{f"AddressLine{n}": line for n, line in enumerate(postal.lines, start=1) if line},
        "ZipCode": postal.postcode,
        "City": postal.town,
        "Country": postal.country,
    }
    if covers:
        members["CoverFile"] = _base64(covers[0].body())
    return {name: value for name, value in members.items() if value}


def _options(message: Message, operation: str) -> dict[str, Any]:
    """What the envelope asks of the operation itself. Raises Refused."""
    foreign = [name for name in message.headers if name not in OURS]
    if foreign:
        raise _refused(
            Sentence(
                "CommunicationHub carries no headers, and this message has “%(foreign)s”. Leave "
                "it out, or put it into the content.",
                foreign=foreign[0][:100],
            )
        )
    given = message.headers.get(HEADER, {})
    known = {**OPTIONS[operation], **dict.fromkeys(KEPT, str)}
    wrong = ["all"] if not isinstance(given, dict) else [
        name for name, value in given.items() if type(value) is not known.get(name)
    ]  # fmt: skip
    if wrong:
        raise _refused(
            Sentence(
                "The header “communicationhub” holds “%(wrong)s”, which %(operation)s does not "
                "know in this form. It takes %(options)s.",
                wrong=wrong[0][:100],
                operation=operation,
                options=", ".join(OPTIONS[operation]),
            )
        )
    return given


def _attachments(message: Message):
    return message.attachments.select_related("content")


def _text(content_type: str, content: bytes) -> str:
    """The text in its declared charset, else UTF-8. Raises Refused."""
    declared = re.search(r"charset\s*=\s*\"?([A-Za-z0-9_.:-]+)", content_type, re.IGNORECASE)
    try:
        return content.decode(declared[1] if declared else "utf-8")
    except (UnicodeError, LookupError):
        raise _refused(
            Sentence(
                "The text is not in the charset that it is declared in (%(content_type)s). Send "
                "it in UTF-8.",
                content_type=content_type[:100],
            )
        ) from None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _refused(sentence: str) -> Refused:
    return Refused(sentence, permanent=True)
