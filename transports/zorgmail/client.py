"""The mail service of ZorgMail in its own words. Every call raises Fault or Doubt."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from boxes.sentence import Sentence
from transports.wire.faults import Fault
from transports.wire.http import Site
from transports.wire.quoting import UNPRINTABLE
from transports.zorgmail.soap import authorization_of, perform

# A document of 50 MiB as base64 in XML, and a list of a million ids.
LONGEST_ANSWER = 96 * 1024 * 1024


@dataclass(frozen=True)
class Document:
    """What Send carries, besides its sender."""

    message_id: str
    recipient: str
    subject: str
    content_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Incoming:
    """A message in the account, in the order of the service's own fields."""

    message_id: str
    source_account_id: str
    source_address: str
    receive_timestamp: datetime | None
    header_message_id: str
    header_subject: str
    header_from: str
    header_to: str
    document_format: str
    document_type: str
    document_count: int | None
    document_item_count: int | None
    document_id: str
    document_timestamp: datetime | None
    document_sender: str
    document_recipient: str
    document_subject: str
    document_type_version: str
    document_sub_type: str
    content_type: str
    content: bytes = field(repr=False)


class MailService:
    """One account at the service: user name, password and account id are three things."""

    def __init__(self, site: Site, username: str, password: str, account_id: str) -> None:
        self.site = site
        self.account_id = account_id
        self._authorization = authorization_of(username, password)

    def send(self, sender: str, document: Document) -> None:
        """Returns once the service has taken the document."""
        self._tell(
            "Send",
            messageId=document.message_id,
            sender=sender,
            recipient=document.recipient,
            subject=UNPRINTABLE.sub(" ", document.subject),
            contentType=document.content_type,
            content=document.content,
        )

    def send_mail(self, sender: str, recipient: str, mail: bytes) -> None:
        """The same for a whole mail with headers of its own."""
        self._tell("SendRfc822", sender=sender, recipient=recipient, content=mail)

    def list(self) -> list[str]:
        """The ids of all that waits in the account."""
        found = self._ask("List", accountId=self.account_id)
        return [str(item) for item in found or [] if item]

    def count(self) -> int:
        return int(self._ask("Stat", accountId=self.account_id) or 0)

    def retrieve(self, unique_id: str) -> Incoming:
        return self._incoming(self._ask("Retrieve", uniqueId=unique_id))

    def retrieve_mail(self, unique_id: str) -> Incoming:
        """The same message, its content as a whole mail."""
        return self._incoming(self._ask("RetrieveRfc822", uniqueId=unique_id))

    def delete(self, unique_id: str) -> None:
        """Deleting what is no longer there succeeds."""
        perform(self.site, self._authorization, "Delete", {"uniqueId": unique_id}, repeatable=True)

    def _tell(self, operation: str, **values: Any) -> None:
        perform(self.site, self._authorization, operation, values, repeatable=False)

    def _ask(self, operation: str, **values: Any) -> Any:
        return perform(
            self.site,
            self._authorization,
            operation,
            values,
            repeatable=True,
            longest_answer=LONGEST_ANSWER,
        )

    def _incoming(self, found: Any) -> Incoming:
        content = getattr(found, "content", None)
        if content is None:
            raise Fault(Sentence("%(name)s gave a message without content.", name=self.site.name))
        values: dict[str, Any] = {}
        for item in fields(Incoming):
            value = getattr(found, _wired(item.name), None)
            values[item.name] = (value or "") if item.type is str else value
        return Incoming(**values)


def _wired(name: str) -> str:
    """``document_sub_type`` as the service spells it: ``documentSubType``."""
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)
