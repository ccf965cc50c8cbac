"""SMTPeter's REST interface (version 1), in its own words.

``send`` returns once SMTPeter has taken the mail, raises Fault when it certainly has not, and
Doubt when it may have. Questions raise Fault only.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import orjson

from boxes.sentence import Sentence
from transports.smtpeter.mail import Parts, Whole
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Answer, Site, call

URL = "https://www.smtpeter.com/v1/"
NAME = "SMTPeter"
MOST_RECIPIENTS = 500
LONGEST_ANSWER = 8 * 1024 * 1024
SHOWN_OF_ANSWER = 200
# About this installation's account, address or balance, and not about the mail.
OURS_TO_MEND = (401, 402, 403, 404, 405, 407)
NOT_NOW = (408, 425, 429, 502, 503)
_ABOUT_ACCOUNT = re.compile(r"access.?token|configuring it as sender domain|balance", re.IGNORECASE)


@dataclass(frozen=True)
class Event:
    """Something that happened to a mail; ``fields`` in SMTPeter's own spelling."""

    kind: str
    fields: dict[str, Any]

    def text(self, name: str) -> str:
        """A field as text: codes come as numbers or as text."""
        value = self.fields.get(name)
        return "" if value is None or isinstance(value, dict | list) else str(value)


class Client:
    """The interface as one account sees it."""

    def __init__(self, site: Site, token: str, *, track_opens: bool = False) -> None:
        self.site = site
        self.token = token
        self.track_opens = track_opens

    # -- sending --

    def send(
        self, mail: Parts | Whole, recipients: Sequence[str], tags: Sequence[str] = ()
    ) -> dict[str, str]:
        """SMTPeter's identifier for each recipient. Every option is sent, for what is left
        out counts as switched on. Raises Fault or Doubt."""
        if not 1 <= len(recipients) <= MOST_RECIPIENTS:
            raise Fault(
                Sentence(
                    "One call to %(name)s takes 1 to %(most_recipients)s recipients, and this one "
                    "has %(recipients)s.",
                    name=NAME,
                    most_recipients=MOST_RECIPIENTS,
                    recipients=len(recipients),
                ),
                permanent=True,
            )
        body = {
            "recipients": list(recipients),
            **mail.members(),
            "inlinecss": False,
            "trackclicks": False,
            "trackopens": self.track_opens,
            "trackbounces": True,
            "preventscam": False,
            **({"tags": list(tags)} if tags else {}),
        }
        return self._identifiers(self._post("send", body), recipients)

    def resend(self, identifier: str) -> str:
        """Send a mail that it still has once more; returns the new identifier."""
        sent = self._members(self._post("resend", {"message": identifier}))
        if len(sent) != 1:
            raise Doubt(
                Sentence(
                    "%(name)s may have taken the message: its answer names no identifier.",
                    name=NAME,
                )
            )
        return next(iter(sent))

    def _post(self, path: str, body: dict[str, Any]) -> Answer:
        answer = call(
            self.site,
            "POST",
            path,
            query=self._query(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            body=orjson.dumps(body),
        )
        if not 200 <= answer.status < 300:
            raise self._refusal(answer)
        return answer

    def _identifiers(self, answer: Answer, recipients: Sequence[str]) -> dict[str, str]:
        """By address and never by place: the order of the members means nothing."""
        said = {address.casefold(): name for name, address in self._members(answer).items()}
        missing = [item for item in recipients if item.casefold() not in said]
        if missing:
            raise Doubt(
                Sentence(
                    "%(name)s may have taken the message: its answer does not name “%(missing)s”.",
                    name=NAME,
                    missing=missing[0],
                )
            )
        return {item: said[item.casefold()] for item in recipients}

    def _members(self, answer: Answer) -> dict[str, str]:
        try:
            found = answer.json()
        except ValueError:
            found = None
        if not isinstance(found, dict) or not all(isinstance(v, str) for v in found.values()):
            raise Doubt(
                Sentence(
                    "%(name)s may have taken the message: its answer cannot be read.", name=NAME
                )
            )
        return found

    # -- asking --

    def events_of(self, identifier: str, since: date | None = None) -> list[Event]:
        return self._events(f"events/messageid/{quote(identifier, safe='')}", since)

    def events_tagged(self, tags: Sequence[str], since: date | None = None) -> list[Event]:
        """Of the mails that carry all of these tags."""
        return self._events("events/tags/" + ";".join(quote(tag, safe="") for tag in tags), since)

    def _events(self, path: str, since: date | None) -> list[Event]:
        """In no promised order; none, too, where the mail is not known."""
        found = self._ask(path, [("start", since.isoformat())] if since else [], unknown=[])
        if not isinstance(found, list):
            raise Fault(
                Sentence(
                    "%(name)s gave an answer that is no list of events. Check %(origin)s.",
                    name=NAME,
                    origin=self._origin,
                )
            )
        return [event for item in found if (event := _event(item))]

    def sender_domains(self) -> list[str]:
        """The domains that the account may send from."""
        found = self._ask("domains", [])
        if not isinstance(found, list):
            raise Fault(
                Sentence(
                    "%(name)s gave an answer that is no list of domains. Check %(origin)s.",
                    name=NAME,
                    origin=self._origin,
                )
            )
        return [str(item["name"]) for item in found if isinstance(item, dict) and "name" in item]

    def _ask(self, path: str, query: list[tuple[str, str]], unknown: Any = None) -> Any:
        answer = call(
            self.site,
            "GET",
            path,
            query=[*self._query(), *query],
            headers={"Accept": "application/json"},
            repeatable=True,
            longest_answer=LONGEST_ANSWER,
        )
        if unknown is not None and answer.status in (204, 404):
            return unknown
        if not 200 <= answer.status < 300:
            raise Fault(self._sentence(answer, asking=True))
        try:
            return answer.json()
        except ValueError:
            raise Fault(
                Sentence(
                    "%(name)s gave an answer that cannot be read. Check %(origin)s.",
                    name=NAME,
                    origin=self._origin,
                )
            ) from None

    # -- what it says --

    def _query(self) -> list[tuple[str, str]]:
        return [("access_token", self.token)]

    @property
    def _origin(self) -> str:
        return self.site.origin

    def _refusal(self, answer: Answer) -> Exception:
        """What a status other than 2xx says of a mail that was handed over."""
        said, status = self._error_of(answer), answer.status
        sentence = self._sentence(answer)
        ours = status in OURS_TO_MEND or status < 400 or _ABOUT_ACCOUNT.search(said)
        if ours or status in NOT_NOW:
            return Fault(sentence)
        if status < 500:
            return Fault(sentence, permanent=True)
        if _error_in(answer):
            return Fault(sentence)  # its own word; a proxy's page says nothing of the mail
        return Doubt(
            Sentence(
                "%(name)s may have taken the message: it answered with status %(status)s.",
                name=NAME,
                status=status,
            )
        )

    def _sentence(self, answer: Answer, asking: bool = False) -> str:
        said, status = self._error_of(answer), answer.status
        shown = f"“{status} {said}”" if said else Sentence("status %(status)s", status=status)
        if asking:
            sentence = Sentence("%(name)s refuses the question: %(said)s.", name=NAME, said=shown)
        else:
            sentence = Sentence("%(name)s refuses the message: %(said)s.", name=NAME, said=shown)
        if status in (401, 403) or "token" in said.lower():
            return Sentence(
                "%(sentence)s Check the access token in %(origin)s.",
                sentence=sentence,
                origin=self._origin,
            )
        if "sender domain" in said.lower():
            return Sentence(
                "%(sentence)s Ask your administrator to set the domain up at %(name)s.",
                sentence=sentence,
                name=NAME,
            )
        if status in OURS_TO_MEND or status < 400:
            return Sentence(
                "%(sentence)s Check the address and the token in %(origin)s.",
                sentence=sentence,
                origin=self._origin,
            )
        return sentence

    def _error_of(self, answer: Answer) -> str:
        """Its words, in one line, and never our token."""
        said = _error_in(answer) or _plain(answer)
        said = said.replace(self.token, "…") if self.token else said
        words = " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())
        return words[:SHOWN_OF_ANSWER]


def _error_in(answer: Answer) -> str:
    """The text of SMTPeter's own error, of which two shapes are known; empty for none."""
    try:
        found = answer.json()
    except ValueError:
        return ""
    error = found.get("error") if isinstance(found, dict) else None
    said = error.get("message") if isinstance(error, dict) else error
    return said if isinstance(said, str) else ""


def _plain(answer: Answer) -> str:
    """The body where it is words; the page of a proxy is none."""
    kind = answer.headers.get("content-type", "")
    return "" if "html" in kind else answer.body.decode("utf-8", "replace")


def _event(item: Any) -> Event | None:
    """Documented with its fields inside ``data``, seen with them beside its kind."""
    if not isinstance(item, dict):
        return None
    kind = item.get("event", item.get("type"))
    inner = item.get("data")
    return (
        Event(kind, inner if isinstance(inner, dict) else item) if isinstance(kind, str) else None
    )
