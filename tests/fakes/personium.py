"""A Personium unit on a real socket: cells that log in, send, deliver, list and delete.

    with FakeUnit() as unit:
        unit.refuse("b", 403, "PR403-AU-0002", "Necessary privilege is lacking.")
        unit.unreachable.add("c")          # PR500-SM-0001, nothing noted, as the real one does
        unit.fail("body", CUT, at="send")  # take the message, hang up without a word

Version 1.7 speaks the second generation of the message API, 1.5.8 the first.
"""

import json
import ssl
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.http import HttpFake, Reply, Request

ERRORS = {
    "PR400-OD-0001": "JSON parse error.",
    "PR400-OD-0006": "request body format error. field [{}]",
    "PR400-SM-0003": "The maximum number of destinations was exceeded.",
    "PR401-AU-0001": "Authorization required.",
    "PR401-AU-0006": "Token parse error.",
    "PR403-AU-0001": "Unit user access required.",
    "PR404-OD-0002": "No such entity.",
    "PR404-MC-0001": "URI is not recognized.",
    "PR409-OD-0003": "The entity already exists.",
    "PR500-SM-0001": "Sent Message connection error.",
}
LONGEST_STRING = 51_200


@dataclass
class Cell:
    accounts: dict[str, str] = field(default_factory=dict)
    tokens: set[str] = field(default_factory=set)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    inbox: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """One message that a cell of the unit received."""

    cell: str
    entity: dict[str, Any]

    @property
    def summary(self) -> tuple[str, ...]:
        return (self.cell, self.entity["From"], self.entity["Title"])

    @property
    def document(self) -> bytes:
        return json.dumps(self.entity, indent=1).encode()


class FakeUnit(HttpFake):
    """Cells ``a`` (account ``me``, password ``secret``), ``b`` and ``c``."""

    name = "personium"

    def __init__(
        self, *, port: int = 0, context: ssl.SSLContext | None = None, version: str = "1.7.11"
    ) -> None:
        super().__init__(port=port, context=context)
        self.version = version
        self.cells = {"a": Cell({"me": "secret"}), "b": Cell(), "c": Cell()}
        self.unreachable: set[str] = set()
        self._refused: dict[str, Reply] = {}
        self._at = ""
        self._fail_only_there()

    # -- what a test tells it --

    def fail(self, stage: str, says: str, at: str = "") -> None:
        """``at``: only where the path ends so, such as ``send`` or ``__token``."""
        super().fail(stage, says)
        self._at = at

    def refuse(self, cell: str, status: int, code: str, words: str) -> None:
        """Let the message port of one cell answer so."""
        self._refused[cell] = self.error(code, status=status, words=words)

    def heal(self) -> None:
        super().heal()
        self._refused.clear()
        self.unreachable.clear()
        self._at = ""

    def cell(self, name: str) -> str:
        return f"{self.url}{name}/"

    # -- what it answers --

    def answer(self, request: Request) -> Reply:
        name, _, path = request.path.lstrip("/").partition("/")
        cell = self.cells.get(name)
        if cell is None:
            return self.error("PR403-AU-0001")
        if path == "__token" and request.method == "POST":
            return self._token(cell, request)
        refusal = self._refusal(cell, request)
        if refusal is not None:
            return refusal
        if path == "__message/send" and request.method == "POST":
            return self._send(name, cell, request)
        if path.startswith("__ctl/SentMessage"):
            return self._sent(name, cell, path, request)
        if path.startswith("__ctl/ReceivedMessage"):
            return self._received(cell, path, request)
        return self.error("PR404-MC-0001")

    def _token(self, cell: Cell, request: Request) -> Reply:
        form = {name: values[0] for name, values in parse_qs(request.body.decode()).items()}
        known = cell.accounts.get(form.get("username", ""))
        if form.get("grant_type") != "password" or known is None or known != form.get("password"):
            wrong = {"error": "invalid_grant", "error_description": "[PR400-AN-0017] - failed"}
            return self._reply(400, wrong)
        token = f"AA~{uuid.uuid4().hex}"
        cell.tokens.add(token)
        return self._reply(
            200,
            {
                "access_token": token,
                "refresh_token": f"RA~{uuid.uuid4().hex}",
                "token_type": "Bearer",
                "expires_in": 3600,
                "refresh_token_expires_in": 86400,
            },
        )

    def _refusal(self, cell: Cell, request: Request) -> Reply | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not token or scheme != "Bearer":
            return self.error("PR401-AU-0001")
        return None if token in cell.tokens else self.error("PR401-AU-0006")

    def _send(self, name: str, cell: Cell, request: Request) -> Reply:
        try:
            members = json.loads(request.body)
        except ValueError:
            return self.error("PR400-OD-0001")
        if wrong := self._wrong_field(members):
            return self.error("PR400-OD-0006", wrong)
        identifier = members.get("__id") or uuid.uuid4().hex
        destinations = [part for part in members["To"].split(",") if part]
        if len(destinations) > 1000:
            return self.error("PR400-SM-0003")
        results = []
        for to in destinations:
            result = self._deliver(f"{self.url}{name}/", to, destinations, identifier, members)
            if result is None:
                return self.error("PR500-SM-0001")
            results.append({"To": to, **result})
        if identifier in cell.sent:
            return self.error("PR409-OD-0003")
        cell.sent[identifier] = {"__id": identifier, "Type": "message", "Priority": 3, **members}
        cell.sent[identifier]["Result"] = results
        return self._reply(201, {"d": {"results": cell.sent[identifier]}})

    def _wrong_field(self, members: dict[str, Any]) -> str:
        for field_name, value in members.items():
            if isinstance(value, str) and len(value.encode()) > LONGEST_STRING:
                return field_name
        answers = members.get("InReplyTo")
        if answers is not None and len(answers) != 32:
            return "InReplyTo"
        if not isinstance(members.get("To"), str):
            return "To,ToRelation"
        if len(members.get("Title", "")) > 256 or len(members.get("Title", "").splitlines()) > 1:
            return "Title"
        first = self.version < "1.6"
        if first and not all(to.startswith(self.url) for to in members["To"].split(",")):
            return "To"
        return ""

    def _deliver(self, sender, to, destinations, identifier, members) -> dict[str, str] | None:
        """The result of one destination; None where it cannot be reached."""
        name = to.removeprefix(self.url).rstrip("/")
        if name in self.unreachable:
            return None
        if name in self._refused:
            reply = self._refused[name]
            words = json.loads(reply.body)["message"]["value"]
            return {"Code": str(reply.status), "Reason": words}
        if name not in self.cells:
            return {"Code": "403", "Reason": ERRORS["PR403-AU-0001"]}
        if identifier in self.cells[name].inbox:
            return {"Code": "409", "Reason": ERRORS["PR409-OD-0003"]}
        others = ",".join(other for other in destinations if other != to) or None
        entity = {"Title": "", "Body": "", "Type": "message", "Priority": 3, **members}
        entity |= {"__id": identifier, "From": sender, "MulticastTo": others}
        entity["Status"] = "unread" if entity["Type"] == "message" else "none"
        self.cells[name].inbox[identifier] = entity
        self.received.append(Taken(name, entity))
        return {"Code": "201", "Reason": "Created."}

    def _sent(self, name: str, cell: Cell, path: str, request: Request) -> Reply:
        if path == "__ctl/SentMessage":
            found = list(cell.sent.values())[: int(request.query.get("$top", "25"))]
            return self._reply(200, {"d": {"results": found, "__count": str(len(cell.sent))}})
        identifier = path.removeprefix("__ctl/SentMessage('").removesuffix("')")
        if identifier not in cell.sent:
            return self.error("PR404-OD-0002")
        if request.method == "DELETE":
            del cell.sent[identifier]
            return Reply(204)
        return self._reply(200, {"d": {"results": cell.sent[identifier]}})

    def _received(self, cell: Cell, path: str, request: Request) -> Reply:
        if path == "__ctl/ReceivedMessage":
            skip, top = (int(request.query.get(name, "0")) for name in ("$skip", "$top"))
            found = list(cell.inbox.values())[::-1][skip : skip + top]
            chosen = request.query.get("$select", "")
            return self._reply(200, {"d": {"results": [{chosen: item[chosen]} for item in found]}})
        identifier = path.removeprefix("__ctl/ReceivedMessage('").removesuffix("')")
        if identifier not in cell.inbox:
            return self.error("PR404-OD-0002")
        if request.method == "DELETE":
            del cell.inbox[identifier]
            return Reply(204)
        return self._reply(200, {"d": {"results": cell.inbox[identifier]}})

    def put(self, cell: str, **fields: Any) -> str:
        """Let a message of the cell b lie in a cell; returns its identifier."""
        identifier = fields.get("__id") or uuid.uuid4().hex
        entity = {
            "__id": identifier,
            "From": self.cell("b"),
            "MulticastTo": None,
            "InReplyTo": None,
        }
        entity |= {"Type": "message", "Title": "", "Body": "", "Priority": 3, "Status": "unread"}
        entity["__published"] = "/Date(1795255200000)/"
        self.cells[cell].inbox[identifier] = {**entity, **fields}
        return identifier

    def error(self, code: str, field_name: str = "", *, status: int = 0, words: str = "") -> Reply:
        value = words or ERRORS[code].format(field_name)
        body = {"code": code, "message": {"lang": "en", "value": value}}
        return self._reply(status or int(code[2:5]), body)

    def _reply(self, status: int, value: Any) -> Reply:
        headers = {"X-Personium-Version": self.version, "DataServiceVersion": "2.0"}
        return Reply(status, json.dumps(value).encode(), headers=headers)

    # -- faults at one address only --

    def _fail_only_there(self) -> None:
        unit, base = self, self.server.RequestHandlerClass

        class Handler(base):
            def _serve(self) -> None:
                if not self.path.partition("?")[0].endswith(unit._at):
                    self.fake = _Sound(unit)
                super()._serve()

            do_GET = do_POST = do_DELETE = _serve

        self.server.RequestHandlerClass = Handler


class _Sound:
    """The unit as it is where nothing fails."""

    def __init__(self, unit: FakeUnit) -> None:
        self._unit = unit
        self.faults: dict[str, str] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unit, name)
