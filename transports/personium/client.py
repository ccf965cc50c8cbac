"""A cell of ours at a Personium unit: it logs in, and the unit delivers to other cells for it.

Without Django, and in Personium's own words. A message keeps its ``__id`` at each attempt: the
receiving cell knows it again and answers 409, so a repetition never arrives twice.
"""

import json
import re
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode

from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Answer, Site, call

# From this version on a unit speaks the second generation of the message API.
SECOND_GENERATION = (1, 6, 0)
# Cell statuses that say "not now", or that our own unit is to blame, not the message.
PASSING = (401, 408, 425, 429, 500, 502, 503, 504)
CREATED, REPEATED = "201", "409"


@dataclass(frozen=True)
class Login:
    site: Site  # its url is the URL of our own cell
    username: str
    password: str


@dataclass(frozen=True)
class Outcome:
    """What our cell noted of one destination: the status that the other cell answered with."""

    code: str
    reason: str = ""

    @property
    def arrived(self) -> bool:
        return self.code in (CREATED, REPEATED)

    @property
    def passing(self) -> bool:
        return self.code.isdigit() and int(self.code) in PASSING


@dataclass
class Session:
    """One log-in; its calls share one deadline, so that a hand-over ends in time."""

    login: Login
    until: float = field(init=False)
    token: str = field(init=False, default="")
    version: str = field(init=False, default="")

    def __post_init__(self) -> None:
        self.until = monotonic() + self.login.site.timeout
        self._log_in()

    @property
    def generation(self) -> str:
        """``g1`` or ``g2``, by the version that the unit says it has."""
        numbers = tuple(map(int, re.findall(r"\d+", self.version)[:3]))
        return "g2" if not numbers or numbers >= SECOND_GENERATION else "g1"

    # -- what a cell is asked --

    def send(self, identifier: str, to: str, message: dict[str, Any]) -> Outcome:
        """Have the unit deliver one message to one cell. Raises Fault or Doubt."""
        body = json.dumps({"__id": identifier, "To": to, **message}).encode()
        headers = {"Content-Type": "application/json"}
        answer = self._call("POST", "__message/send", headers=headers, body=body)
        if answer.status != 201:
            raise self._failure(answer)
        outcome = outcome_of(entity_of(answer))
        if outcome is None:
            raise Doubt(
                Sentence(
                    "%(name)s took the message and gave no result that can be read: it may have "
                    "arrived.",
                    name=self.name,
                )
            )
        return outcome

    def find(self, identifier: str) -> Outcome | None:
        """What became of a message that this cell sent; None when it knows of none."""
        answer = self._call("GET", f"__ctl/SentMessage('{identifier}')", repeatable=True)
        if answer.status == 404 and code_of(answer).startswith("PR404-OD"):
            return None
        entity = entity_of(answer) if answer.status == 200 else None
        if entity is None or entity.get("__id") != identifier:
            raise self._unexpected(answer)
        return outcome_of(entity) or Outcome("", "the sent message holds no result")

    def forget(self, identifier: str) -> None:
        """Take away the note of a message that was not delivered; its identifier is free again."""
        answer = self._call("DELETE", f"__ctl/SentMessage('{identifier}')", repeatable=True)
        if answer.status not in (204, 404):
            raise self._unexpected(answer)

    def count_sent(self) -> int:
        """How many messages this cell sent: a question that needs the rights of a sender."""
        query = [("$top", "0"), ("$inlinecount", "allpages"), ("$format", "json")]
        answer = self._call("GET", "__ctl/SentMessage", query=query, repeatable=True)
        try:
            return int(answer.json()["d"]["__count"]) if answer.status == 200 else -1
        except (ValueError, KeyError, TypeError):
            return -1

    # -- what came in --

    def received_ids(self, top: int, skip: int) -> list[str]:
        """Identifiers of what lies in the cell, newest first."""
        query = [("$orderby", "__published desc"), ("$select", "__id"), ("$format", "json")]
        query += [("$top", str(top)), ("$skip", str(skip))]
        answer = self._call("GET", "__ctl/ReceivedMessage", query=query, repeatable=True)
        whole = members_of(answer).get("d")
        found = whole.get("results") if isinstance(whole, dict) else None
        if answer.status != 200 or not isinstance(found, list):
            raise self._unexpected(answer)
        ids = [item.get("__id") for item in found if isinstance(item, dict)]
        return [item for item in ids if isinstance(item, str) and "\0" not in item]

    def received(self, identifier: str) -> dict[str, Any] | None:
        """One message; None where it is gone."""
        answer = self._call("GET", received_path(identifier), repeatable=True)
        if answer.status == 404 and code_of(answer).startswith("PR404-OD"):
            return None
        entity = entity_of(answer) if answer.status == 200 else None
        if entity is None or entity.get("__id") != identifier:
            raise self._unexpected(answer)
        return entity

    def drop(self, identifier: str) -> None:
        """Take a received message out of the cell."""
        answer = self._call("DELETE", received_path(identifier), repeatable=True)
        if answer.status not in (204, 404):
            raise self._unexpected(answer)

    # -- how --

    @property
    def name(self) -> str:
        return self.login.site.name

    def _log_in(self) -> None:
        form = {
            "grant_type": "password",
            "username": self.login.username,
            "password": self.login.password,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(form).encode()
        try:
            answer = self._call("POST", "__token", headers=headers, body=body, repeatable=True)
        except Fault as fault:  # of the account or the unit, so it can be mended
            raise Fault(str(fault)) from fault
        self.version = answer.headers.get("x-personium-version", "")[:32]
        if answer.status in (400, 401, 403):
            raise Fault(
                Sentence(
                    "%(name)s refused the login (%(said)s). Check %(origin)s.",
                    name=self.name,
                    said=said(answer),
                    origin=self.login.site.origin,
                )
            )
        token = members_of(answer).get("access_token")
        if answer.status != 200 or not isinstance(token, str) or not plain_word(token):
            raise self._unexpected(answer)
        self.token = token

    def _call(self, method: str, path: str, *, headers=None, **more: Any) -> Answer:
        left = self.until - monotonic()
        if left <= 0:
            raise Fault(
                Sentence(
                    "%(name)s did not answer in time (%(timeout)s s).",
                    name=self.name,
                    timeout=f"{self.login.site.timeout:g}",
                )
            )
        fields = {"Accept": "application/json", **(headers or {})}
        if self.token:
            fields["Authorization"] = f"Bearer {self.token}"
        site = replace(self.login.site, timeout=left)
        return call(site, method, path, headers=fields, **more)

    def _failure(self, answer: Answer) -> Exception:
        """What an answer to ``send`` means that is not 201."""
        if code_of(answer) == "PR500-SM-0001":
            # Nothing is noted; whatever arrived is known again by its identifier.
            return Fault(
                Sentence(
                    "%(name)s could not reach the other cell, or lost it on the way. The message "
                    "is repeated under the same identifier, which that cell recognises.",
                    name=self.name,
                )
            )
        if answer.status == 400:
            return Fault(
                Sentence(
                    "%(name)s refused the message: %(said)s.", name=self.name, said=said(answer)
                ),
                permanent=True,
            )
        if answer.status == 413:
            return Fault(
                Sentence("%(name)s finds the message too large.", name=self.name), permanent=True
            )
        if answer.status in (200, 202, 204, 409) or answer.status in (500, 504):
            return Doubt(
                Sentence(
                    "%(name)s may have taken the message: it answered %(said)s.",
                    name=self.name,
                    said=said(answer),
                )
            )
        return self._unexpected(answer)

    def _unexpected(self, answer: Answer) -> Fault:
        """An answer that says something of our account or of the unit, not of a message."""
        if answer.status in (401, 403):
            return Fault(
                Sentence(
                    "%(name)s lets this account do nothing here (%(said)s). Its role needs the "
                    "privilege “message”. Check %(origin)s.",
                    name=self.name,
                    said=said(answer),
                    origin=self.login.site.origin,
                )
            )
        if answer.status in (408, 429, 502, 503, 504):
            return Fault(
                Sentence(
                    "%(name)s is too busy or away: it answered %(said)s.",
                    name=self.name,
                    said=said(answer),
                )
            )
        return Fault(
            Sentence(
                "%(name)s does not answer as a Personium cell does: %(said)s. Check %(origin)s.",
                name=self.name,
                said=said(answer),
                origin=self.login.site.origin,
            )
        )


def members_of(answer: Answer) -> dict[str, Any]:
    """The members of an answer that is a JSON object; none where it is not."""
    try:
        value = answer.json()
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def entity_of(answer: Answer) -> dict[str, Any] | None:
    """The one entity of an OData answer."""
    whole = members_of(answer).get("d")
    found = whole.get("results") if isinstance(whole, dict) else None
    return found if isinstance(found, dict) else None


def outcome_of(entity: dict[str, Any] | None) -> Outcome | None:
    """The only result of a sent message; None where that cannot be read."""
    results = (entity or {}).get("Result")
    if not isinstance(results, list) or len(results) != 1 or not isinstance(results[0], dict):
        return None
    code, reason = results[0].get("Code"), results[0].get("Reason")
    if not isinstance(code, str) or not re.fullmatch(r"\d{3}", code, re.ASCII):
        return None
    return Outcome(code, shortened(reason))


def code_of(answer: Answer) -> str:
    code = members_of(answer).get("code")
    return code if isinstance(code, str) else ""


def said(answer: Answer) -> str:
    """Status, code and words of an error, for a sentence."""
    message = members_of(answer).get("message")
    words = message.get("value") if isinstance(message, dict) else None
    parts = [str(answer.status), shortened(code_of(answer)), shortened(words)]
    return " ".join(part for part in parts if part).rstrip(".")


def shortened(text: object) -> str:
    """Foreign words on one line, and not too many of them."""
    words = " ".join(text.split()) if isinstance(text, str) else ""
    return "".join(sign for sign in words if sign.isprintable())[:200]


def received_path(identifier: str) -> str:
    """Whatever characters the identifier has: whoever sent the message chose them."""
    quoted = identifier.replace("'", "''").encode("utf-8", "replace")
    return f"__ctl/ReceivedMessage('{quote(quoted, safe='')}')"


def plain_word(token: str) -> bool:
    """Whether it can stand in a header."""
    return token != "" and token.isascii() and all("!" <= sign <= "~" for sign in token)
