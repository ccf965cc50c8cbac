"""What a mail is besides a letter: a server's notice about a mail of ours, an automatic answer,
or a mail of ours that came round again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import cast

from boxes.sentence import Sentence
from transports.email import heading, marks
from transports.email.headers import clean
from transports.email.marks import Subject, claimed
from transports.email.reading import DAMAGE
from transports.wire.mail_status import may_pass_later

BOUNCE, AUTO_REPLY, LOOP = "bounce", "auto-reply", "loop"
# RFC 5321 lets a mail pass a hundred servers; an honest one passes ten.
MANY_SERVERS = 50
SHOWN_OF_REASON = 200
_HOST = re.compile(r"[A-Za-z0-9.:\[\]_-]{1,80}", re.ASCII)
_ANSWERING = re.compile(
    r"(?:automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|automatisch antwoord|"
    r"afwezigheidsbericht|automatische antwort|abwesenheitsnotiz)\s*:",
    re.IGNORECASE,
)
# The actions of RFC 3464 that end a mail's journey, as the status of its delivery.
ENDS = {"failed": "undelivered", "delivered": "delivered"}


@dataclass(frozen=True)
class Outcome:
    """What became of one recipient; the addresses as the servers know them."""

    recipients: tuple[str, ...]
    status: str
    sentence: str
    for_good: bool = True


def kind_of(mail: Message) -> str:
    """bounce, auto-reply, loop, or nothing. A mail of ours that returned is known by its box."""
    if _is_bounce(mail):
        return BOUNCE
    if _is_automatic(mail):
        return AUTO_REPLY
    return LOOP if len(heading.values(mail, "Received")) > MANY_SERVERS else ""


def _is_bounce(mail: Message) -> bool:
    if mail.get_content_type() == "multipart/report":
        return _status_part(mail) is not None
    if heading.values(mail, "X-Failed-Recipients"):
        return True
    sender = next((item.address.lower() for item in heading.addresses(mail, "From")), "")
    returns = "".join(heading.values(mail, "Return-Path")).strip()
    return returns == "<>" and sender.startswith(("mailer-daemon@", "postmaster@"))


def _is_automatic(mail: Message) -> bool:
    """An answer that nobody wrote; a notice that a system sends by itself is a letter."""
    said = heading.first(mail, "Auto-Submitted").lower().partition(";")[0].strip()
    answers = bool(heading.answered(mail))
    return bool(
        said.startswith("auto-replied")
        or (said.startswith("auto-generated") and answers)
        or any(heading.values(mail, name) for name in ("X-Autoreply", "X-Autorespond"))
        or "auto_reply" in heading.first(mail, "Precedence").lower()
        or _ANSWERING.match(heading.first(mail, "Subject"))
    )


def own_mail(mail: Message) -> Subject | None:
    """The message of ours that this mail says it is itself."""
    return claimed(heading.first(mail, marks.HEADER))


def about(mail: Message) -> Subject | None:
    """The mail of ours that a bounce returns, or that its headers refer to: good enough to
    show it in a thread, for anybody can write this."""
    for returned in _returned(mail):
        named = [heading.first(returned, marks.HEADER)]
        for found in map(claimed, [*named, *heading.message_ids(returned, "Message-ID")]):
            if found is not None:
                return found
    referred = heading.message_ids(mail, "In-Reply-To") + heading.message_ids(mail, "References")
    return next((found for found in map(claimed, referred) if found is not None), None)


def proven(mail: Message) -> Subject | None:
    """The delivery whose own mail this notice returns: whoever wrote it has had that mail."""
    for returned in _returned(mail):
        for found in map(marks.proven, heading.values(returned, marks.HEADER)):
            if found is not None:
                return found
    return None


def named_in(message_id: str) -> Subject | None:
    """The message of ours that a message id has the form of."""
    return claimed(message_id) if "@" in message_id else None


def outcomes(mail: Message) -> list[Outcome]:
    """What a notice of delivery (RFC 3464) says of each recipient, where that is an end."""
    part = _status_part(mail)
    if part is None:
        return []
    groups = cast("list[Message]", part.get_payload())[1:]
    return [found for found in map(_outcome, groups) if found is not None]


def _outcome(group: Message) -> Outcome | None:
    action = heading.first(group, "Action").lower().partition(";")[0].strip()
    if action not in ENDS:
        return None  # it is still on its way, or another system took it over
    named = [heading.first(group, name) for name in ("Original-Recipient", "Final-Recipient")]
    recipients = tuple(item.rpartition(";")[2].strip() for item in named if item)
    code = heading.first(group, "Status").partition(" ")[0]
    reason = heading.first(group, "Diagnostic-Code").partition(";")[2].strip()
    words = _quotable(f"{code} {reason}")
    said = f"“{words}”" if words else Sentence("it gives no reason")
    server = heading.first(group, "Remote-MTA").rpartition(";")[2].strip()
    if _HOST.fullmatch(server):
        returned = Sentence(
            "The mail was returned by %(server)s: %(said)s.", server=server, said=said
        )
    else:
        returned = Sentence("The mail was returned: %(said)s.", said=said)
    return Outcome(recipients, ENDS[action], returned, not may_pass_later(code))


def _quotable(text: str) -> str:
    """Their words on one line, not too many, and without an end of the quotation in them."""
    said = " ".join(re.sub("[“”„‟]", '"', clean(text)).split())
    return said if len(said) <= SHOWN_OF_REASON else said[: SHOWN_OF_REASON - 1] + "…"


def _status_part(mail: Message) -> Message | None:
    for part in _parts(mail):
        kind = part.get_content_type()
        if kind in ("message/delivery-status", "message/global-delivery-status"):
            return part if isinstance(part.get_payload(), list) else None
    return None


def _parts(mail: Message) -> Iterator[Message]:
    """The parts of the notice itself, not those of the mail that it returns."""
    inner = mail.get_payload()
    if mail.get_content_maintype() == "multipart" and isinstance(inner, list):
        yield from (part for part in inner if isinstance(part, Message))


def _returned(mail: Message) -> Iterator[Message]:
    """The mails, or their headers, that the notice brings back."""
    for part in _parts(mail):
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            yield _inside(part)


def _inside(part: Message) -> Message:
    inner = part.get_payload()
    if isinstance(inner, list):
        return cast("Message", inner[0]) if inner else Message()
    try:
        octets = part.get_payload(decode=True)
        return message_from_bytes(octets) if isinstance(octets, bytes) else Message()
    except DAMAGE:
        return Message()
