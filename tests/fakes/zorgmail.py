"""ZorgMail's mail service on a real socket: an account's messages, sent and collected by SOAP.

    with FakeZorgMail(logins={"500012345": "secret"}) as zorgmail:
        unique_id = zorgmail.put("500012345", content=b"<MEDLAB_1/>", documentType="MEDLAB")
        zorgmail.say("Send", fault("SOAP-ENV:Client", "messageId is invalid"))

What is sent to an account of the fake arrives there, as with the real one.
"""

import base64
import itertools
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from xml.sax.saxutils import escape

from lxml import etree

from tests.fakes.http import HttpFake, Reply, Request

NAMESPACE = "http://www.enovation.nl/ems/mailwebservice"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
DOMAIN = "lms.lifeline.nl"
PROCESSING = f"edifactverwerking@{DOMAIN}"
MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+\.[^<>@\s]+>")

FIELDS = (
    *"messageId sourceAccountId sourceAddress receiveTimestamp headerMessageId".split(),
    *"headerSubject headerFrom headerTo documentFormat documentType documentCount".split(),
    *"documentItemCount".split(),
    *"documentId documentTimestamp documentSender documentRecipient documentSubject".split(),
    *"documentTypeVersion documentSubType contentType content".split(),
)
NILLABLE = {
    *"sourceAddress headerSubject headerFrom headerTo documentId documentTimestamp".split(),
    *"documentSender documentRecipient documentSubject documentTypeVersion documentSubType".split(),
}
BARE = {
    "documentFormat": "TEXT",
    "documentType": "TEXT",
    "documentCount": "1",
    "documentItemCount": "1",
    "contentType": "text/plain",
}


@dataclass(frozen=True)
class Received:
    """One message that the service took."""

    operation: str
    sender: str
    recipient: str
    content: bytes
    message_id: str = ""
    subject: str = ""
    content_type: str = ""

    @property
    def summary(self) -> tuple[str, ...]:
        return (self.operation, self.sender, self.recipient, self.subject, self.content_type)

    @property
    def document(self) -> bytes:
        return self.content


class Refusal(Exception):
    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


class FakeZorgMail(HttpFake):
    """``logins`` (user → password) may act for every account; without them anybody may."""

    name = "zorgmail"
    path = "/mailwebservice/inline/"

    def __init__(self, *, logins: dict[str, str] | None = None, **options) -> None:
        super().__init__(**options)
        self.logins = logins or {}
        self.mailboxes: dict[str, dict[str, dict[str, str]]] = {}
        self.deleted: list[str] = []
        self.certificates: list[bytes] = []
        self._answers: dict[str, Reply] = {}
        self._whole = ""
        self._numbers = itertools.count(1)

    # -- what a test tells it --

    def put(self, account: str, *, content: bytes = b"Beste collega", **fields: str) -> str:
        """A message in an account; the fields are the service's own."""
        unique_id = f"{account}-{next(self._numbers)}"
        moment = datetime.now(UTC).isoformat(timespec="milliseconds")
        message = {
            **BARE,
            "messageId": f"<{unique_id}@fake.example>",
            "sourceAccountId": account,
            "receiveTimestamp": moment,
            "headerMessageId": f"<{unique_id}@fake.example>",
            **fields,
            "content": base64.b64encode(content).decode(),
        }
        self.mailboxes.setdefault(account, {})[unique_id] = message
        return unique_id

    def say(self, operation: str, reply: Reply) -> None:
        """Answer an operation so, instead of doing it."""
        self._answers[operation] = reply

    def say_whole(self, mail: bytes) -> None:
        """What RetrieveRfc822 gives as content, for messages whose Retrieve gives another."""
        self._whole = base64.b64encode(mail).decode()

    def heal(self) -> None:
        super().heal()
        self._answers.clear()

    # -- the service --

    def answer(self, request: Request) -> Reply:
        if not self._may(request.headers.get("authorization", "")):
            return Reply(401, b"", headers={"WWW-Authenticate": 'Basic realm="EMS"'})
        try:
            operation, fields = _read(request)
            if operation in self._answers:
                return self._answers[operation]
            return self._perform(operation, fields)
        except Refusal as refusal:
            return fault(refusal.code, str(refusal))

    def _may(self, authorization: str) -> bool:
        pairs = {base64.b64encode(f"{u}:{p}".encode()).decode() for u, p in self.logins.items()}
        return not pairs or authorization.removeprefix("Basic ") in pairs

    def _perform(self, operation: str, fields: dict[str, list[str]]) -> Reply:
        one = {name: values[0] for name, values in fields.items()}
        if operation in ("Send", "SendRfc822"):
            self._take(operation, one)
        elif operation == "List":
            ids = self.mailboxes.get(one["accountId"], {})
            return _reply(operation, "".join(_element("uniqueIds", item) for item in ids))
        elif operation == "Stat":
            count = len(self.mailboxes.get(one["accountId"], {}))
            return _reply(operation, _element("count", str(count)))
        elif operation in ("Retrieve", "RetrieveRfc822"):
            return _reply(operation, self._message(one["uniqueId"], operation))
        elif operation == "Delete":
            self.deleted.append(one["uniqueId"])
            for mailbox in self.mailboxes.values():
                mailbox.pop(one["uniqueId"], None)
        elif operation == "UploadCertificate":
            self.certificates.append(base64.b64decode(one["certificate"]))
        else:
            raise Refusal("SOAP-ENV:Client", f"Unknown operation {operation}")
        return Reply(202)

    def _take(self, operation: str, one: dict[str, str]) -> None:
        content = base64.b64decode(one["content"])
        received = Received(
            operation,
            one["sender"],
            one["recipient"],
            content,
            one.get("messageId", ""),
            one.get("subject", ""),
            one.get("contentType", ""),
        )
        if operation == "Send" and not MESSAGE_ID.fullmatch(received.message_id):
            raise Refusal("SOAP-ENV:Client", f"messageId {received.message_id} is invalid")
        self.received.append(received)
        self._forward(received)

    def _forward(self, received: Received) -> None:
        """To the account that it is for: the receiver inside, where it goes by processing."""
        account, _, domain = received.recipient.partition("@")
        header_id, subject = received.message_id, received.subject
        content_type = received.content_type
        document = {}
        if received.recipient == PROCESSING:
            root = etree.fromstring(received.content)
            account = root.findtext(".//envelope.recipientidentifier") or ""
            kind = root.tag.partition("_")[0]
            document = {"documentFormat": "XML", "documentType": kind}
        if received.operation == "SendRfc822":
            mail = message_from_bytes(received.content)
            header_id, subject = mail["Message-ID"] or "", mail["Subject"] or ""
            content_type = "message/rfc822"
        if domain == DOMAIN:
            self.put(
                account,
                content=received.content,
                headerMessageId=header_id,
                headerFrom=received.sender,
                headerTo=received.recipient,
                headerSubject=subject,
                contentType=content_type,
                **document,
            )

    def _message(self, unique_id: str, operation: str) -> str:
        for mailbox in self.mailboxes.values():
            if unique_id in mailbox:
                message = mailbox[unique_id]
                if operation == "RetrieveRfc822":
                    message = {**message, "content": self._whole or message["content"]}
                return "".join(_element(name, message.get(name)) for name in FIELDS)
        raise Refusal("SOAP-ENV:Client", f"There is no message {unique_id}")


def fault(code: str, text: str, status: int = 500) -> Reply:
    inside = f"<faultcode>{code}</faultcode><faultstring>{escape(text)}</faultstring>"
    return Reply(status, _envelope(f"<SOAP-ENV:Fault>{inside}</SOAP-ENV:Fault>"), "text/xml")


def _read(request: Request) -> tuple[str, dict[str, list[str]]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    root = etree.fromstring(request.body, parser)
    body = root.find(f"{{{SOAP}}}Body")
    if request.method != "POST" or body is None or len(body) != 1:
        raise Refusal("SOAP-ENV:Client", "This is no call")
    name = etree.QName(body[0])
    if name.namespace != NAMESPACE or not name.localname.endswith("Request"):
        raise Refusal("SOAP-ENV:Client", f"Unknown element {name.localname}")
    fields: dict[str, list[str]] = {}
    for item in body[0]:
        if etree.QName(item).namespace != NAMESPACE:
            raise Refusal("SOAP-ENV:Client", f"Unknown element {item.tag}")
        fields.setdefault(etree.QName(item).localname, []).append(item.text or "")
    return name.localname.removesuffix("Request"), fields


def _element(name: str, value: str | None) -> str:
    if value is None and name in NILLABLE:
        return f'<ems:{name} xsi:nil="true"/>'
    return f"<ems:{name}>{escape(value or '')}</ems:{name}>"


def _reply(operation: str, inside: str) -> Reply:
    name = f"ems:{operation}Response"
    return Reply(200, _envelope(f"<{name}>{inside}</{name}>"), "text/xml; charset=utf-8")


def _envelope(inside: str) -> bytes:
    return (
        f'<SOAP-ENV:Envelope xmlns:SOAP-ENV="{SOAP}" xmlns:ems="{NAMESPACE}" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<SOAP-ENV:Body>{inside}</SOAP-ENV:Body></SOAP-ENV:Envelope>"
    ).encode()
