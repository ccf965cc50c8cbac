"""The loft's interface in its own words; no Django in it."""

import json
from dataclasses import dataclass
from typing import Any

from transports.wire.faults import Doubt, Fault
from transports.wire.http import Answer, Site, call


@dataclass(frozen=True)
class Loft:
    site: Site
    grain: str

    def send(self, name: str, loft: str, text: str) -> str:
        letter = json.dumps({"name": name, "loft": loft, "text": text}).encode()
        answer = self._call("POST", "pigeons", letter)
        if answer.status == 422:
            raise Fault(f"The loft knows no “{loft}”.", permanent=True)
        try:
            return answer.json()["pigeon"]
        except (ValueError, KeyError, TypeError):
            raise Doubt("The loft may have taken the message: its answer says nothing.") from None

    def state(self, name: str) -> str:
        answer = self._call("GET", f"pigeons/{name}", repeatable=True)
        return "" if answer.status == 404 else str(self._read(answer).get("state", ""))

    def perch(self) -> dict[str, str]:
        return self._read(self._call("GET", "perch", repeatable=True))

    def free(self, ring: str) -> None:
        self._call("DELETE", f"perch/{ring}", repeatable=True)

    def _call(self, method: str, path: str, body: bytes = b"", repeatable: bool = False) -> Answer:
        headers = {"X-Grain": self.grain, "Content-Type": "application/json"}
        answer = call(self.site, method, path, headers=headers, body=body, repeatable=repeatable)
        if answer.status in (401, 403):
            raise Fault(f"The loft refused our login. Check {self.site.origin}.")
        if answer.status >= 429:
            raise Fault(f"The loft is too busy now ({answer.status}).")
        return answer

    def _read(self, answer: Answer) -> dict[str, Any]:
        try:
            return dict(answer.json())
        except (ValueError, TypeError):
            raise Fault("The loft gave an answer that cannot be read.") from None
