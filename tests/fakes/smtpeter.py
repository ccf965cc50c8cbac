"""SMTPeter's REST interface as far as clients use it: send, resend, events, stored parts.

Like the real one it reads braces in a mail as its template language, so that a client which
does not protect its text sees it change. ``happen`` tells what became of a mail.
"""

import base64
import binascii
import itertools
import json
import re
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_string, policy
from email.message import EmailMessage
from typing import Any

from tests.fakes.http import HttpFake, Reply, Request

ADDRESS = re.compile(r"[^\s<>@,;{}]+@[^\s<>@,;{}]+")
TAG = re.compile(r"[^\s;,]+")
FLAGS = ("inlinecss", "trackclicks", "trackopens", "trackbounces", "preventscam")
EVENT_FIELDS = {
    "attempt": {"properties": ""},
    "delivery": {"from": "192.0.2.10", "to": "198.51.100.25", "attempt": 0},
    "failure": {
        "attempt": 0,
        "from": "192.0.2.10",
        "to": "198.51.100.25",
        "type": "error",
        "code": 550,
        "status": "5.1.1",
        "description": "User unknown",
        "state": "rcptto",
    },
    "bounce": {"mime": ""},
    "response": {"mime": ""},
    "open": {"headers": "", "ip": "203.0.113.5", "protocol": "HTTP/1.1"},
    "click": {"headers": "", "ip": "203.0.113.5", "url": "https://example.org/"},
}


class Refusal(Exception):
    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class File:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """One mail to one recipient, with its templates filled in."""

    id: str
    recipient: str
    body: dict[str, Any]
    sender: str
    to: list[str]
    cc: list[str]
    subject: str
    text: str
    html: str
    headers: dict[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    mime: str = ""

    @property
    def tags(self) -> list[str]:
        return list(self.body.get("tags", []))

    @property
    def message(self) -> EmailMessage:
        found = message_from_string(self.mime, policy=policy.default)
        assert isinstance(found, EmailMessage)
        return found

    @property
    def summary(self) -> tuple[str, ...]:
        return (self.id, self.sender, self.recipient, self.subject)

    @property
    def document(self) -> bytes:
        return json.dumps(self.body, indent=1, ensure_ascii=False).encode()


class FakeSmtpeter(HttpFake):
    """``domains`` are the sender domains of its one account; ``nested`` says that events
    come as they are documented, else as they were seen."""

    name = "smtpeter"
    path = "/v1/"

    def __init__(
        self,
        *,
        port: int = 0,
        context: ssl.SSLContext | None = None,
        token: str = "T0kenExample1",
        domains: tuple[str, ...] = ("mail.example",),
    ) -> None:
        super().__init__(port=port, context=context)
        self.token = token
        self.domains = domains
        self.refused: dict[str, tuple[int, str]] = {}
        self.nested = False
        self.events: list[dict[str, Any]] = []
        self._numbers = itertools.count(1)

    # -- what a test tells it --

    def refuse(self, recipient: str, status: int, words: str) -> None:
        """Answer so to a mail to this address; the others are served."""
        self.refused[recipient] = (status, words)

    def happen(self, mail: Mail, kind: str, **fields: Any) -> None:
        """``happen(mail, "failure", code=452)``."""
        self.events.append(
            {
                "event": kind,
                "id": mail.id,
                "time": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                "envelope": mail.body.get("envelope", ""),
                "recipient": mail.recipient,
                "tags": ";".join(mail.tags),
                "templateid": 0,
                **EVENT_FIELDS[kind],
                **fields,
            }
        )

    # -- its answers --

    def answer(self, request: Request) -> Reply:
        try:
            if request.query.get("access_token") != self.token:
                raise Refusal(401, "Invalid access token")
            return reply(self._duty(request))
        except Refusal as refusal:
            return reply({"error": {"message": str(refusal)}}, refusal.status)

    def _duty(self, request: Request) -> Any:
        if not request.path.startswith(self.path):
            raise Refusal(404, "Not found")
        method, *rest = request.path.removeprefix(self.path).strip("/").split("/")
        if method in ("send", "resend"):
            if request.method != "POST":
                raise Refusal(405, "Method not allowed")
            return self._send(body_of(request)) if method == "send" else self._resend(request)
        if request.method != "GET":
            raise Refusal(405, "Method not allowed")
        if method == "domains":
            return [{"name": name, "approved": True} for name in self.domains]
        if method == "events" and len(rest) == 2:
            return self._events(request, *rest)
        if method in ("recipient", "text", "html") and len(rest) == 1:
            return getattr(self._mail(rest[0]), method)
        raise Refusal(404, "Not found")

    def _send(self, body: dict[str, Any]) -> dict[str, str]:
        recipients = recipients_of(body)
        for item in recipients:
            if item in self.refused:
                raise Refusal(*self.refused[item])
        for tag in body.get("tags", []):
            if not TAG.fullmatch(tag):
                raise Refusal(400, "tags: no white space, comma or semicolon")
        if any(name in body and not isinstance(body[name], bool) for name in FLAGS):
            raise Refusal(400, "options are true or false")
        mails = [read_mail(body, item, self._identifier()) for item in recipients]
        for mail in mails:
            domain = re.sub(r".*@|>.*", "", mail.sender)
            if domain not in self.domains:
                raise Refusal(
                    400,
                    f"You cannot send mailings from {domain} without configuring it as sender "
                    "domain",
                )
        for mail in mails:
            self.received.append(mail)
            self.happen(mail, "attempt")
        return {mail.id: mail.recipient for mail in mails}

    def _resend(self, request: Request) -> dict[str, str]:
        mail = self._mail(str(body_of(request).get("message", "")))
        again = Mail(**{**vars(mail), "id": self._identifier()})
        self.received.append(again)
        self.happen(again, "attempt")
        return {again.id: again.recipient}

    def _identifier(self) -> str:
        number, letters = next(self._numbers), ""
        while number:
            number, rest = divmod(number, 26)
            letters = chr(ord("a") + rest) + letters
        return "q" * (15 - len(letters)) + letters

    def _mail(self, identifier: str) -> Mail:
        for mail in self.received:
            if mail.id == identifier:
                return mail
        raise Refusal(404, "Not found")

    def _events(self, request: Request, by: str, value: str) -> list[dict[str, Any]]:
        if by == "messageid":
            self._mail(value)
            found = [item for item in self.events if item["id"] == value]
        elif by == "email":
            found = [item for item in self.events if item["recipient"] == value]
        elif by == "tags":
            wanted = set(value.split(";"))
            found = [item for item in self.events if wanted <= set(item["tags"].split(";"))]
        else:
            raise Refusal(404, "Not found")
        since = request.query.get("start", "")
        found = [item for item in found if item["time"] >= since]
        if not self.nested:
            return found
        return [
            {"event": item["event"], "data": {k: v for k, v in item.items() if k != "event"}}
            for item in found
        ]


def reply(value: Any, status: int = 200) -> Reply:
    if isinstance(value, str):
        return Reply(status, value.encode(), "text/plain")
    return Reply(status, json.dumps(value).encode())


def body_of(request: Request) -> dict[str, Any]:
    if request.headers.get("content-type") != "application/json":
        raise Refusal(415, "Unsupported content type")
    try:
        body = json.loads(request.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(400, "Invalid JSON")
    return body


def recipients_of(body: dict[str, Any]) -> list[str]:
    given = body.get("recipients", [])
    if isinstance(given, list) and "recipient" in body:
        given = [body["recipient"], *given]
    for item in given:
        if not isinstance(item, str) or not ADDRESS.fullmatch(item):
            raise Refusal(400, f"Invalid email address: {item}")
    if not given:
        raise Refusal(400, "No recipient")
    return list(dict.fromkeys(given))


def read_mail(body: dict[str, Any], recipient: str, identifier: str) -> Mail:
    if "mime" in body:
        return read_whole(body, recipient, identifier)
    if not body.get("from"):
        raise Refusal(400, "No from address")
    if "text" not in body and "html" not in body:
        raise Refusal(400, "No message content")
    for name in body.get("extra", {}):
        if not name.lower().startswith("x-"):
            raise Refusal(400, f"extra: {name}")
    return Mail(
        identifier,
        recipient,
        body,
        evaluated(body["from"]),
        listed(body.get("to")),
        listed(body.get("cc")),
        evaluated(body.get("subject", "")),
        evaluated(body.get("text", "")),
        evaluated_page(body.get("html", "")),
        {name: evaluated(value) for name, value in body.get("extra", {}).items()},
        tuple(read_file(item) for item in body.get("attachments", [])),
    )


def read_whole(body: dict[str, Any], recipient: str, identifier: str) -> Mail:
    mime = evaluated(body["mime"])
    message = message_from_string(mime, policy=policy.default)
    text, html = message.get_body(("plain",)), message.get_body(("html",))  # type: ignore[attr-defined]
    return Mail(
        identifier,
        recipient,
        body,
        str(message["From"]),
        [str(message["To"])],
        [str(message["Cc"])] if message["Cc"] else [],
        evaluated(str(message["Subject"])),
        evaluated(text.get_content()) if text else "",
        evaluated_page(html.get_content()) if html else "",
        dict(message.items()),
        tuple(
            File(part.get_filename() or "", part.get_content_type(), content_of(part))
            for part in message.iter_attachments()  # type: ignore[attr-defined]
        ),
        mime,
    )


def content_of(part: EmailMessage) -> bytes:
    content = part.get_content()
    return content if isinstance(content, bytes) else str(content).encode()


def read_file(item: dict[str, Any]) -> File:
    try:
        content = base64.b64decode(item["data"], validate=True)
    except (KeyError, TypeError, binascii.Error):
        raise Refusal(400, "attachments: data is no base64") from None
    return File(item.get("name", ""), item.get("type", ""), content)


def listed(value: Any) -> list[str]:
    items = [value] if isinstance(value, str) else value or []
    return [evaluated(item) for item in items]


def evaluated(text: str, opening: str = "{", closing: str = "}") -> str:
    """The template language for a mail without data: every variable is empty."""
    between = re.escape(opening) + r"([^{}\[\]]*)" + re.escape(closing)
    words = {"ldelim": "{", "rdelim": "}"}
    return re.sub(between, lambda found: words.get(found[1], ""), text)


def evaluated_page(page: str) -> str:
    head, ending, rest = page.partition("</head>")
    if not ending:
        return evaluated(page)
    return evaluated(head, "[", "]") + ending + evaluated(rest)
