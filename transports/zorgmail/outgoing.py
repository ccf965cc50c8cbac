"""What goes to ZorgMail, and by which of its two ways to send.

Its EDI service reads the receiver of an EDI message inside the message and takes all of them at
one address. Plain documents go as they are; whatever has more to it goes as a whole mail.
"""

import re

from lxml import etree

from boxes.content_types import EDIFACT, XML, plain, recognise
from boxes.envelope import Address, Envelope
from boxes.sentence import Sentence
from transports.email.edi import is_edi, is_edi_xml
from transports.email.headers import NotAnAddress, wire_address
from transports.email.mime import Unmailable, build
from transports.zorgmail.client import Document

PROCESSING = "edifactverwerking"
# Types whose text is as good as their bytes: Send carries them without a mail around them.
DOCUMENTS = ("text/plain", "text/html", XML, "application/xml")
UNSURE = ("", XML, "application/xml", "application/octet-stream", "application/x-edi")
ACCOUNT = re.compile(r"5000\d{4,5}")
RECEIVER = "envelope.recipientidentifier"


class Unsendable(Exception):
    """ZorgMail cannot carry this envelope; its sentence says why."""


def kind_of(envelope: Envelope) -> str:
    """The content's type; what it shows itself to be where the declared one says little."""
    declared = plain(envelope.content_type)
    if declared not in UNSURE:
        return declared
    found = recognise(envelope.content)
    return found if is_edi(found) else declared


def document_of(envelope: Envelope, recipient: str, message_id: str) -> Document | None:
    """The envelope as a document for Send; None when it has to be a mail. Raises Unsendable."""
    kind = kind_of(envelope)
    if is_edi(kind):
        _refuse_beside_edi(envelope)
    if is_edi_xml(kind):
        _refuse_other_receiver(envelope.content, recipient)
        recipient = f"{PROCESSING}@{recipient.rpartition('@')[2]}"
        return Document(message_id, recipient, envelope.subject, XML, envelope.content)
    if kind == EDIFACT:
        return Document(message_id, recipient, envelope.subject, EDIFACT, envelope.content)
    if kind in DOCUMENTS and _is_bare(envelope):
        return Document(
            message_id, recipient, envelope.subject, envelope.content_type, envelope.content
        )
    return None


def mail_of(
    envelope: Envelope,
    recipient: str,
    *,
    sender: Address,
    identifier: str,
    answers: str,
    mark: str,
) -> bytes:
    """The envelope as a whole mail of our own. A mail in it is a file: its headers could name
    another sender, and receivers whom nobody here looked at. Raises Unsendable."""
    try:
        mail = build(
            envelope,
            xuid=identifier,
            sender=sender,
            recipient=recipient,
            answers=answers,
            mark=mark,
        )
    except Unmailable as error:
        raise Unsendable(str(error)) from error
    return b"".join(mail.chunks())


def wired(address: str, domain: str) -> str:
    """The address as the service knows it, its domain in plain letters. Raises Unsendable."""
    try:
        return wire_address(f"{address.rpartition('@')[0]}@{domain}")
    except NotAnAddress as error:
        raise Unsendable(str(error)) from error


def _is_bare(envelope: Envelope) -> bool:
    """Whether it holds nothing that a document cannot carry."""
    return not (
        envelope.attachments
        or envelope.headers
        or envelope.cc
        or envelope.in_reply_to
        or len(envelope.to) > 1
    )


def _refuse_beside_edi(envelope: Envelope) -> None:
    if envelope.attachments:
        raise Unsendable(
            Sentence(
                "An EDI message at ZorgMail carries no attachments. Send it without, or send "
                "them in a message of their own."
            )
        )
    if envelope.headers:
        raise Unsendable(
            Sentence(
                "An EDI message at ZorgMail carries no headers. Send it without, or send "
                "them in a message of their own."
            )
        )


def _refuse_other_receiver(content: bytes, recipient: str) -> None:
    """The service goes by the receiver inside: another than on the envelope would get it."""
    try:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            remove_comments=True,
            remove_pis=True,
        )
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise Unsendable(
            Sentence(
                "This EDI message is not well-formed XML, so ZorgMail would not take it. "
                "Have the software that wrote it look at it."
            )
        ) from error
    if root.getroottree().docinfo.doctype:
        raise Unsendable(
            Sentence("This EDI message has a document type, which ZorgMail's have not.")
        )
    named = _receivers(root)
    if len(named) > 1:
        raise Unsendable(
            Sentence(
                "This EDI message names %(named)s receivers (%(receiver)s), and only one can be "
                "checked against its envelope. Send each receiver a message of their own.",
                named=len(named),
                receiver=RECEIVER,
            )
        )
    inside = named[0] if named else ""
    account = recipient.partition("@")[0]
    if not inside:
        raise Unsendable(
            Sentence(
                "This EDI message does not say for whom it is (%(receiver)s), and ZorgMail goes "
                "by that alone. Write the receiver's account number in it.",
                receiver=RECEIVER,
            )
        )
    known_otherwise = not ACCOUNT.fullmatch(inside) and ACCOUNT.fullmatch(account)
    if inside != account and account != PROCESSING and not known_otherwise:
        raise Unsendable(
            Sentence(
                "This EDI message is for %(inside)s inside, and for %(account)s on its "
                "envelope. ZorgMail goes by the one inside, so nothing was sent. Make them the "
                "same.",
                inside=inside,
                account=account,
            )
        )


def _receivers(root: etree._Element) -> list[str]:
    """What every element says that a reader could take for the receiver's, in whatever
    namespace or letters it is written."""
    return [
        "".join(element.itertext()).strip()
        for element in root.iter()
        if isinstance(element.tag, str) and etree.QName(element).localname.lower() == RECEIVER
    ]
