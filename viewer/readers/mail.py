"""E-mail: headers, the body in each of its forms, attachments and images, and messages hidden in
its text."""

from __future__ import annotations

import email
from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from typing import cast

from boxes.content_types import recognise
from viewer.clinical import (
    Attachment,
    Document,
    Notice,
    Party,
    Report,
    Row,
    Section,
    Text,
    Unreadable,
)
from viewer.readers import mail_headers as headers
from viewer.readers.charset import decode
from viewer.readers.limits import MIB, check_count, check_size

SIZE, PARTS, TEXTS, ENCLOSED = 64 * MIB, 1_000, 2 * MIB, 20
SHOWN = ("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to")
MACHINE = (
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
    "importance",
    "x-priority",
)
ENCRYPTED = ("application/pgp-encrypted", "multipart/encrypted")
SIGNED = ("multipart/signed", "application/pkcs7-signature", "application/x-pkcs7-signature")
SMIME = ("application/pkcs7-mime", "application/x-pkcs7-mime")
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
VAGUE = ("application/octet-stream", "text/plain", "text/xml", "application/xml")

Inner = Callable[[str, bytes], Document]


def read(content: bytes, inner: Inner) -> Document:
    """A message; ``inner`` reads the message of another kind that its text may hold."""
    check_size(content, SIZE)
    check_count(content.count(b"Content-Type:") + content.count(b"content-type:"), 2 * PARTS)
    try:
        message = email.message_from_bytes(content)
        letter = Letter(message)
        letter.walk(message)
    except (ValueError, LookupError, AttributeError, TypeError, AssertionError) as error:
        # The parser of the standard library fails in many ways on damaged structures.
        raise Unreadable("not_well_formed", format="e-mail") from error
    if not headers.known(message):
        raise Unreadable("not_this_type", format="e-mail")
    inside, told = letter.inside(inner)
    enclosed, more = letter.messages(inner)
    return Document((letter.report(), *inside, *enclosed), (*letter.notices, *told, *more))


class Letter:
    """One message on its way to a report."""

    def __init__(self, message: Message):
        self.message = message
        self.texts: list[str] = []
        self.markups: list[str] = []
        self.attachments: list[Attachment] = []
        self.notices: list[Notice] = []
        self.count = 0

    def walk(self, part: Message, related: bool = False) -> None:
        """The parts in their order: bodies, images that belong to a body, attachments."""
        self.count += 1
        check_count(self.count, PARTS)
        kind = part.get_content_type()
        self.remarks(part, kind)
        if kind == "message/rfc822" and self.count > 1:
            self.enclosed(part)
        elif part.is_multipart():
            for child in cast("list[Message]", part.get_payload()):
                self.walk(child, related or kind == "multipart/related")
        elif kind in ("text/plain", "text/html") and not headers.is_file(part):
            self.body(part, kind)
        else:
            self.file(part, kind, related)

    def remarks(self, part: Message, kind: str) -> None:
        encrypted = (
            kind in ENCRYPTED
            or kind in SMIME
            and "signed" not in str(part.get_param("smime-type", "")).lower()
        )
        if encrypted:
            self.say("encrypted")
        elif kind in SIGNED or kind in SMIME:
            self.say("signature_unverified")
        elif kind in TNEF:
            self.say("winmail")
        if part.defects:
            self.say("mail_defect")

    def say(self, code: str, **values: str | int) -> None:
        if all(notice.code != code for notice in self.notices):
            self.notices.append(Notice(code, values))

    def body(self, part: Message, kind: str) -> None:
        raw = headers.payload(part)
        check_size(raw or b" ", TEXTS)
        text, told = decode(raw, part.get_content_charset("") or "")
        for notice in told:
            self.say(notice.code, **notice.values)
        text = text.replace("\r\n", "\n").replace("\r", "\n")
        if kind == "text/html":
            self.markups.append(text)
            return
        if str(part.get_param("format", "")).lower() == "flowed":
            text = headers.unflowed(text, str(part.get_param("delsp", "")).lower() == "yes")
        self.texts.append(text)

    def file(self, part: Message, kind: str, related: bool) -> None:
        content = headers.payload(part)
        number = headers.text(part, "Content-ID").strip("<> ")
        found = recognise(content) if kind in VAGUE else ""
        disposition = part.get_content_disposition() or ""
        self.attachments.append(
            Attachment(
                headers.filename(part),
                found or kind,
                content,
                len(content),
                content_id=number,
                inline=bool(number)
                and kind.startswith("image/")
                and (related or disposition == "inline"),
            )
        )

    def enclosed(self, part: Message) -> None:
        """A message within the message opens as one of its own."""
        inner = part.get_payload()
        first = inner[0] if isinstance(inner, list) and inner else None
        try:
            content = first.as_bytes() if isinstance(first, Message) else headers.payload(part)
        except (ValueError, LookupError, TypeError, AttributeError):
            content = b""
            self.say("mail_defect")
        subject = headers.subject(first) if isinstance(first, Message) else ""
        name = headers.filename(part) or (f"{subject[:100]}.eml" if subject else "")
        self.attachments.append(
            Attachment(name, "message/rfc822", content, len(content), title=subject)
        )

    def inside(self, inner: Inner) -> tuple[tuple[Report, ...], list[Notice]]:
        """EDIFACT, HL7 or the like as the text of a mail is read as what it is."""
        if len(self.texts) != 1 or self.markups:
            return (), []
        content = self.texts[0].encode("utf-8", "surrogatepass")
        kind = recognise(content)
        if not kind or kind == "message/rfc822":
            return (), []
        try:
            found = inner(kind, content)
        except Unreadable:
            return (), []
        return found.reports, [*found.notices, Notice("recognised_inside", {"found": kind})]

    def messages(self, inner: Inner) -> tuple[list[Report], list[Notice]]:
        """What came with it and is a message of its own, such as a laboratory report, is read as
        that; it stays an attachment, too."""
        reports: list[Report] = []
        told: list[Notice] = []
        for attachment in self.attachments[:ENCLOSED]:
            kind = attachment.content_type
            if kind in VAGUE:
                kind = recognise(attachment.content) or kind
            try:
                found = inner(kind, attachment.content)
            except Unreadable:
                continue
            name = attachment.title or attachment.filename
            reports += [
                replace(report, title=report.title or name, attachments=())
                for report in found.reports
            ]
            told += found.notices
        return reports, told

    def report(self) -> Report:
        message = self.message
        for name in headers.repeated(message):
            self.say("header_repeated", name=name)
        if (
            self.texts
            and self.markups
            and headers.differ("\n".join(self.texts), "\n".join(self.markups))
        ):
            self.say("alternative_differs")
        return Report(
            kind="email",
            standard="message/rfc822",
            title=headers.subject(message),
            statuses=("urgent",) if headers.urgent(message) else (),
            moments=tuple(headers.sent(message)),
            parties=tuple(self.parties()),
            numbers=tuple(
                Row(term=term, value=headers.text(message, name).strip("<> "))
                for name, term in (("Message-ID", "message_id"), ("In-Reply-To", "in_reply_to"))
                if headers.text(message, name)
            ),
            sections=tuple(self.sections()),
            attachments=tuple(self.attachments),
            rest=tuple(
                Row(label=name, value=headers.clean(str(value)))
                for name, value in message.raw_items()
                if name.lower() not in (*SHOWN, *MACHINE)
            ),
        )

    def parties(self) -> list[Party]:
        """Who wrote it comes first; an answer address or a sender only where it is another."""
        found: list[Party] = []
        for name, role in (
            ("From", "from"),
            ("Sender", "sender"),
            ("Reply-To", "reply_to"),
            ("To", "to"),
            ("Cc", "cc"),
        ):
            for person, address in headers.addresses(self.message, name):
                party = Party(
                    role, person=person, identifiers=(Row(term="email_address", value=address),)
                )
                same = role in ("sender", "reply_to") and any(
                    other.role == "from" and other.identifiers == party.identifiers
                    for other in found
                )
                if not same:
                    found.append(party)
        return found

    def sections(self) -> list[Section]:
        """The formatted text for its layout, the plain one beside it: they can contradict each
        other."""
        found = []
        for markup in self.markups:
            lines = tuple(headers.visible(markup).splitlines())
            found.append(Section(term="html_text", items=(Text(lines, markup=markup),)))
        for text in self.texts:
            term = "plain_text" if self.markups else "text"
            found.append(Section(term=term, items=(Text(tuple(text.rstrip("\n").split("\n"))),)))
        return found
