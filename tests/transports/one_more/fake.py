"""A pigeon loft with an HTTP interface: POST /pigeons, GET /pigeons/{name}, GET and DELETE
/perch. It knows a pigeon by the name that its sender gave it, and takes each name once."""

import json
from dataclasses import dataclass

from tests.fakes.http import HttpFake, Reply, Request


@dataclass
class Pigeon:
    name: str
    loft: str
    text: str
    state: str = "flying"

    @property
    def summary(self) -> tuple[str, ...]:
        return (self.name, self.loft, self.state)

    @property
    def document(self) -> bytes:
        return self.text.encode()


class FakeLoft(HttpFake):
    """``perch`` holds the letters that wait here for us, by their rings."""

    name = "pigeon"

    def __init__(self, *, password: str = "grain", **options) -> None:
        super().__init__(**options)
        self.password = password
        self.perch: dict[str, str] = {}

    def answer(self, request: Request) -> Reply:
        if request.headers.get("x-grain") != self.password:
            return Reply(401, b'{"error": "no grain"}')
        first, _, rest = request.path.strip("/").partition("/")
        match request.method, first:
            case "POST", "pigeons":
                return self.take(json.loads(request.body))
            case "GET", "pigeons":
                found = [pigeon for pigeon in self.received if pigeon.name == rest]
                return reply({"state": found[0].state}) if found else Reply(404, b"{}")
            case "GET", "perch":
                return reply(self.perch)
            case "DELETE", "perch":
                self.perch.pop(rest, None)
                return reply({})
        return Reply(404, b"{}")

    def take(self, letter: dict) -> Reply:
        if not letter["loft"].isalpha():
            return Reply(422, b'{"error": "no such loft"}')
        if letter["name"] not in [pigeon.name for pigeon in self.received]:
            self.received.append(Pigeon(letter["name"], letter["loft"], letter["text"]))
        return reply({"pigeon": letter["name"]})


def reply(value: dict) -> Reply:
    return Reply(200, json.dumps(value).encode())
