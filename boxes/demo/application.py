"""The demo as a vendor's software would be: it knows the API and a key, and nothing else."""

import base64
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from boxes.demo.story import BOXES, LETTERS, Letter


class Refused(Exception):
    """The API did not do what was asked; the text is its own sentence."""


class ToldBefore(Refused):
    """Another version of the demo sent this letter with other words; those stay."""


class Application:
    """Sends the letters of the story and files what arrives. ``began_at`` dates the letters,
    so that a second run sends the very same ones, which the service recognises."""

    def __init__(self, url: str, key: str, secret: str, began_at: datetime, files: Path) -> None:
        self._url = f"{url}/api/v1"
        self._login = base64.b64encode(f"{key}:{secret}".encode()).decode()
        self._began_at = began_at
        self._files = files

    def tell(self) -> None:
        for letter in LETTERS:
            self._send(letter)
        self._await_delivery()
        for letter in LETTERS:
            for box in (*letter.to, *letter.cc):
                if box in BOXES:
                    self._file(letter, box)

    def newest(self, box: str) -> dict[str, Any]:
        return self._call("GET", f"{box}/messages?limit=1")[0]

    def _send(self, letter: Letter) -> None:
        headers = {"Idempotency-Key": f"demo {letter.name}"}
        with suppress(ToldBefore):
            self._call("POST", f"{letter.sender}/send", self._envelope(letter), headers)

    def _envelope(self, letter: Letter) -> dict[str, Any]:
        hour, minute = letter.at.split(":")
        day = self._began_at - timedelta(days=letter.days + 1)  # today's hour may not have come yet
        envelope: dict[str, Any] = {
            "id": f"demo-{letter.name}",
            "subject": letter.subject,
            "from": {"displayName": BOXES[letter.sender], "address": letter.sender},
            "to": [_address(box) for box in letter.to],
            "cc": [_address(box) for box in letter.cc],
            "dateTime": day.replace(hour=int(hour), minute=int(minute)).isoformat(),
            "contentType": letter.content_type,
            "content": letter.content,
            "attachments": [
                {"filename": name, "contentType": content_type, "content": self._base64(path)}
                for name, content_type, path in letter.attachments
            ],
        }
        if letter.file:
            envelope |= {"content": self._base64(letter.file), "contentEncoding": "base64"}
        if letter.answers:
            envelope["inReplyTo"] = f"demo-{letter.answers}"
        return envelope

    def _base64(self, path: str) -> str:
        return base64.b64encode((self._files / path).read_bytes()).decode()

    def _await_delivery(self, seconds: float = 60) -> None:
        """Until nothing waits in any OUTBOX: then the dispatcher has dealt with every letter."""
        until = time.monotonic() + seconds
        while any(self._call("GET", f"{box}/messages?status=OUTBOX&limit=1") for box in BOXES):
            if time.monotonic() > until:
                raise Refused("The worker has not delivered the example messages.")
            time.sleep(0.3)

    def _file(self, letter: Letter, box: str) -> None:
        query = urllib.parse.urlencode(
            {"envelopeId": f"demo-{letter.name}", "status": "INBOX,ARCHIVED", "limit": 1}
        )
        for message in self._call("GET", f"{box}/messages?{query}"):
            place = f"{box}/messages/{message['xuid']}"
            if letter.properties:
                pairs = [
                    {"name": name, "value": value} for name, value in letter.properties.items()
                ]
                self._call("PUT", f"{place}/properties", {"properties": pairs})
            if letter.archived:
                self._call("POST", f"{place}/archive")

    def _call(self, method: str, path: str, body=None, headers: dict[str, str] | None = None):
        request = urllib.request.Request(
            f"{self._url}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Basic {self._login}",
                "Content-Type": "application/json",
                **(headers or {}),
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            refusal = ToldBefore if error.code == 409 else Refused
            raise refusal(f"{method} {path}: {error.code} {said}") from error


def _address(address: str) -> dict[str, str]:
    return {"displayName": BOXES.get(address, ""), "address": address}
