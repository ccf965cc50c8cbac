"""Notices as mail servers write them, about a mail of ours."""

from boxes.models import Message
from transports.email.marks import mark_of


def dsn(
    about: str,
    recipient: str,
    *,
    action: str = "failed",
    original: str = "",
    status: str = "5.1.1",
    returned: str = "message/rfc822",
    mark: str = "",
    reason: str = "550 5.1.1 No such\r\n    user here",
    server: str = "mx.example.org",
) -> bytes:
    """RFC 3464; ``about`` is the Message-ID of the mail that it returns."""
    marked = f"X-MessageBox-Xuid: {mark}\r\n" if mark else ""
    named = f"Original-Recipient: rfc822;{original}\r\n" if original else ""
    return (
        "Return-Path: <>\r\n"
        "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\n"
        "To: john@mail.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "Message-ID: <bounce@mx.example>\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="bb"\r\n\r\n'
        "--bb\r\nContent-Type: text/plain\r\n\r\nI am sorry to have to inform you.\r\n"
        "--bb\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.example\r\n\r\n"
        f"{named}"
        f"Final-Recipient: rfc822; {recipient}\r\n"
        f"Action: {action}\r\n"
        f"Status: {status}\r\n"
        f"Remote-MTA: dns; {server}\r\n"
        f"Diagnostic-Code: smtp; {reason}\r\n"
        f"\r\n--bb\r\nContent-Type: {returned}\r\n\r\n"
        f"Message-ID: {about}\r\n{marked}Subject: Overleg\r\n\r\nBeste collega\r\n"
        "--bb--\r\n"
    ).encode()


def returned_by_its_server(sent: Message, n: int, recipient: str, **said) -> bytes:
    """The notice about the mail of delivery ``n``, which its server returns with our mark."""
    about = f"<{sent.xuid}@mail.example>"
    return dsn(about, recipient, mark=mark_of(sent.xuid, n), **said)
