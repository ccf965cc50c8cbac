"""The two forms of a mail that SMTPeter takes: one that it puts together, and a whole one."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from transports.smtpeter.braces import shielded, shielded_html


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes

    def members(self) -> dict[str, str]:
        data = base64.b64encode(self.content).decode()
        return {"data": data, "name": self.name, "type": self.content_type}


@dataclass(frozen=True)
class Parts:
    """A mail of which SMTPeter makes the MIME; its texts arrive as they stand here.

    ``sender``, ``to``, ``cc`` and ``reply_to`` are only shown, with or without a name before
    the address. The names in ``extra`` begin with ``x-``.
    """

    sender: str
    to: Sequence[str] = ()
    cc: Sequence[str] = ()
    reply_to: Sequence[str] = ()
    subject: str = ""
    text: str | None = None
    html: str | None = None
    extra: dict[str, str] = field(default_factory=dict)
    files: Sequence[File] = ()

    def members(self) -> dict[str, Any]:
        given: dict[str, Any] = {
            "from": shielded(self.sender),
            "to": [shielded(item) for item in self.to],
            "cc": [shielded(item) for item in self.cc],
            "replyto": [shielded(item) for item in self.reply_to],
            "subject": shielded(self.subject),
            "text": None if self.text is None else shielded(self.text),
            "html": None if self.html is None else shielded_html(self.html),
            "extra": {name: shielded(value) for name, value in self.extra.items()},
            "attachments": [item.members() for item in self.files],
        }
        return {name: value for name, value in given.items() if value not in (None, [], {})}


@dataclass(frozen=True)
class Whole:
    """A mail with its MIME, as it stands: nothing in it may be read as a template."""

    mime: str

    def members(self) -> dict[str, Any]:
        return {"mime": self.mime}
