"""The universal shape of a message, whatever carries it; it crosses every border."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Address:
    """Where to or from: a box name, an e-mail address or a cell URL, with a name to show."""

    address: str
    display_name: str = ""

    @classmethod
    def from_json(cls, value: dict) -> "Address":
        return cls(value.get("address", ""), value.get("displayName", ""))

    def to_json(self) -> dict[str, str]:
        return {"displayName": self.display_name, "address": self.address}


@dataclass(frozen=True, slots=True)
class Attachment:
    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message on its way in or out.

    ``content_encoding`` is ``base64`` where the sender wrote binary content so, else empty;
    ``content`` itself always holds the decoded bytes. ``sent_at`` is aware: the moment the
    sender wrote on it. ``id`` is the sender's own identifier and never a key of ours.
    """

    to: tuple[Address, ...]
    content_type: str
    content: bytes
    sender: Address | None = None
    cc: tuple[Address, ...] = ()
    subject: str = ""
    headers: dict = field(default_factory=dict)
    id: str = ""
    sent_at: datetime | None = None
    in_reply_to: str = ""
    content_encoding: str = ""
    attachments: tuple[Attachment, ...] = ()

    @property
    def size(self) -> int:
        return len(self.content) + sum(len(part.content) for part in self.attachments)

    @property
    def recipients(self) -> tuple[Address, ...]:
        """To and cc, each address once, in their order."""
        once: dict[str, Address] = {}
        for recipient in (*self.to, *self.cc):
            once.setdefault(recipient.address, recipient)
        return tuple(once.values())
