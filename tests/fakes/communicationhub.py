"""CommunicationHub, as its metadata pages describe it, in JSON, on a real socket.

with FakeCommunicationHub() as hub:
    hub.report(message_id, "delivered")          # what GetStatus says from now on
    hub.refuse("+31612345678", "No such number") # taken, and answered with failed
    hub.fail("body", "503 Busy")                 # see tests/fakes/http.py
"""

import base64
import json
import ssl
from dataclasses import dataclass

from tests.fakes.http import HttpFake, Reply, Request

SENDS = {
    "SendMail": ("/mail/send", {"From", "To", "Subject"}),
    "SendSMS": ("/sms/send", {"Receiver", "Message"}),
    "SendLetter": ("/letter/send", {"FileName", "File", "AddressLine1", "ZipCode", "City"}),
}
BINARY = ("File", "CoverFile")
# The operations by their own routes, and by the predefined ones of the framework.
ROUTES = {
    route: name
    for name, (own, _) in {**SENDS, "GetStatus": ("/status", set())}.items()
    for route in (own, f"/json/reply/{name.lower()}", f"/api/{name.lower()}")
}


@dataclass(frozen=True)
class Taken:
    """One message that the hub took over."""

    operation: str
    message_id: str
    members: dict

    @property
    def receiver(self) -> str:
        if self.operation == "SendLetter":
            return f"{self.members['AddressLine1']}, {self.members['City']}"
        return self.members["To" if self.operation == "SendMail" else "Receiver"]

    @property
    def summary(self) -> tuple[str, ...]:
        subject = self.members.get("Subject") or self.members.get("FileName") or ""
        return (self.operation, self.message_id, self.receiver, subject)

    @property
    def document(self) -> bytes:
        return json.dumps(self.members, indent=2, ensure_ascii=False).encode()


class FakeCommunicationHub(HttpFake):
    """With ``authorization`` each call must carry that header."""

    name = "communicationhub"

    def __init__(
        self, *, port: int = 0, context: ssl.SSLContext | None = None, authorization: str = ""
    ) -> None:
        super().__init__(port=port, context=context)
        self.authorization = authorization
        self.received: list[Taken] = []
        self.reports: dict[str, dict] = {}
        self.refusals: dict[str, str] = {}
        self.retries = False

    # -- what a test tells it --

    def report(self, message_id: str, status: str, error: str = "", retry: bool = False) -> None:
        self.reports[message_id] = {"Status": status, "ErrorMessage": error, "Retry": retry}

    def refuse(self, receiver: str, error: str, retry: bool = False) -> None:
        self.refusals[receiver] = error
        self.retries = retry

    # -- what the hub does --

    def answer(self, request: Request) -> Reply:
        operation = ROUTES.get(request.path.removesuffix(".json").rstrip("/").lower())
        if operation is None or request.method != ("GET" if operation == "GetStatus" else "POST"):
            return Reply(404, b"404", "text/plain")
        if self.authorization and request.headers.get("authorization") != self.authorization:
            challenge = {"WWW-Authenticate": 'basic realm="/auth/basic"'}
            return error(401, "Unauthorized", "Not Authenticated", headers=challenge)
        if operation == "GetStatus":
            return self.status_of(request.query)
        try:
            members = json.loads(request.body)
        except ValueError:
            return error(400, "SerializationException", "The body cannot be read.")
        return self.take(operation, {name.lower(): value for name, value in members.items()})

    def take(self, operation: str, given: dict) -> Reply:
        names = {name.lower(): name for name in KNOWN[operation]}
        members = {names[key]: value for key, value in given.items() if key in names}
        for name in sorted(SENDS[operation][1]):
            if not members.get(name):
                return error(400, "NotEmpty", f"{name} is missing.", field=name)
        for name in BINARY:
            if members.get(name):
                members[name] = base64.b64decode(members[name], validate=True)
        for part in members.get("Attachments") or ():
            base64.b64decode(part["Bytes"], validate=True)
        taken = Taken(operation, f"hub-{len(self.received) + 1}@mg.example", readable(members))
        self.received.append(taken)
        refusal = self.refusals.get(taken.receiver, "")
        self.report(taken.message_id, "failed" if refusal else "accepted", refusal)
        if refusal:
            self.reports[taken.message_id]["Retry"] = self.retries
        return self.response(taken.message_id)

    def status_of(self, query: dict[str, str]) -> Reply:
        wanted = {name.lower(): value for name, value in query.items()}.get("messageid", "")
        if not wanted:
            return error(400, "NotEmpty", "MessageId is missing.", field="MessageId")
        if wanted not in self.reports:
            return error(404, "NotFound", "There is no such message.")
        return self.response(wanted)

    def response(self, message_id: str) -> Reply:
        """A SendResponse; members that are null are left out, as the framework does."""
        [taken] = [item for item in self.received if item.message_id == message_id]
        members = {
            "MessageId": message_id,
            "Receiver": taken.receiver,
            "RetryCount": 0,
            **self.reports[message_id],
        }
        return Reply(body=json.dumps({k: v for k, v in members.items() if v != ""}).encode())


def error(status: int, code: str, message: str, field: str = "", headers: dict | None = None):
    errors = [{"ErrorCode": code, "FieldName": field, "Message": message}] if field else []
    body = {"ResponseStatus": {"ErrorCode": code, "Message": message, "Errors": errors}}
    return Reply(status, json.dumps(body).encode(), headers=headers or {})


def readable(members: dict) -> dict:
    """Files by their length and first bytes, so that a page can show them."""
    return {
        name: f"{len(value)} bytes: {value[:40]!r}" if isinstance(value, bytes) else value
        for name, value in members.items()
    }


KNOWN = {
    "SendMail": (
        "Domain From FromName To ReceiverName CC BCC Subject Text HTML Attachments Reference"
    ).split(),
    "SendSMS": "Sender Receiver Message Reference".split(),
    "SendLetter": (
        "FileName File TestFlag TestEMail TestShowRestrictedArea BatchId CoverLetter CoverFile "
        "IsColor IsDuplex AddressLine1 AddressLine2 AddressLine3 AddressLine4 AddressLine5 "
        "ZipCode City Country SenderAdressLine1 SenderStreet SenderZipCode SenderCity Reference"
    ).split(),
}
