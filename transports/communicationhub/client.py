"""CommunicationHub's interface as a caller sees it, in JSON: send, and ask what became of it.

Repeating a send makes a second message there, and nothing can be found back by our own
reference; so whatever may have been taken is a Doubt.
"""

import base64
import json
import uuid
from dataclasses import dataclass
from typing import Any

from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault
from transports.wire.http import Answer, Site, call

ROUTES = {"SendMail": "Mail/Send", "SendSMS": "SMS/Send", "SendLetter": "Letter/Send"}
LONGEST_ID = 255
# What is about the account or the moment, and not about this message.
_OURS_TO_MEND = (401, 403, 404, 405, 407)
_NOT_NOW = (408, 425, 429, 502, 503)


@dataclass(frozen=True)
class Login:
    """User and password go as Basic; a user alone as an API key in the place of a user; a
    password alone as a bearer token; neither as nothing."""

    username: str = ""
    password: str = ""

    @property
    def headers(self) -> dict[str, str]:
        if self.username:
            pair = f"{self.username}:{self.password}".encode()
            return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
        return {"Authorization": f"Bearer {self.password}"} if self.password else {}


@dataclass(frozen=True)
class Response:
    """A SendResponse; ``status`` is as it came, a name or a number."""

    message_id: str = ""
    status: object = ""
    error: str = ""
    retry: bool = False


def send(site: Site, login: Login, operation: str, members: dict[str, Any]) -> Response:
    """Carry out SendMail, SendSMS or SendLetter. Raises Fault or Doubt."""
    answer = call(
        site,
        "POST",
        ROUTES[operation],
        headers={**_headers(login), "Content-Type": "application/json"},
        body=json.dumps(members, ensure_ascii=False).encode(),
    )
    _refuse(site, answer)
    response = _read(answer)
    if response is None:
        raise Doubt(
            Sentence(
                "%(name)s may have taken the message: its answer cannot be read.", name=site.name
            )
        )
    return response


def ask(site: Site, login: Login, message_id: str) -> Response | None:
    """What GetStatus says; None when the hub does not know the message. Raises Fault."""
    query = [("MessageId", message_id)]
    answer = call(site, "GET", "Status", query=query, headers=_headers(login), repeatable=True)
    if answer.status == 404 and _error_of(answer)[0]:
        return None
    try:
        _refuse(site, answer)
    except Doubt as doubt:  # nothing was sent: the question can be asked again
        raise Fault(str(doubt)) from doubt
    response = _read(answer)
    if response is None:
        raise Fault(
            Sentence(
                "%(name)s gave an answer that cannot be read. Check %(origin)s.",
                name=site.name,
                origin=site.origin,
            )
        )
    return response


def try_login(site: Site, login: Login) -> str:
    """Ask for a message that is not there: shows that address and login are right. Raises Fault."""
    found = ask(site, login, str(uuid.uuid4()))
    if found is None:
        return Sentence(
            "%(name)s accepts the login, and does not know a message that was never sent.",
            name=site.name,
        )
    return Sentence(
        "%(name)s accepts the login, and answers about a message that was never sent.",
        name=site.name,
    )


def _headers(login: Login) -> dict[str, str]:
    return {"Accept": "application/json", **login.headers}


def _refuse(site: Site, answer: Answer) -> None:
    """Raises Fault or Doubt for an answer that is no success."""
    status = answer.status
    if 200 <= status < 300:
        return
    code, words = _error_of(answer)
    said = f"“{status} {(words or code or 'without a word')[:500]}”"
    if status in _OURS_TO_MEND or 300 <= status < 400:
        raise Fault(
            Sentence(
                "%(name)s refuses the call: %(said)s. Check %(origin)s.",
                name=site.name,
                said=said,
                origin=site.origin,
            )
        )
    if status in _NOT_NOW:
        raise Fault(Sentence("%(name)s cannot take it now: %(said)s.", name=site.name, said=said))
    if status >= 500:
        raise Doubt(
            Sentence(
                "%(name)s may have taken the message before it failed: %(said)s.",
                name=site.name,
                said=said,
            )
        )
    raise Fault(
        Sentence("%(name)s refuses the message: %(said)s.", name=site.name, said=said),
        permanent=True,
    )


def _error_of(answer: Answer) -> tuple[str, str]:
    """Code and words of an ErrorResponse; empty where the body is none."""
    found = _object(answer).get("responsestatus")
    if not isinstance(found, dict):
        return "", ""
    status = {name.lower(): value for name, value in found.items()}
    code, words = status.get("errorcode"), status.get("message")
    return (code if isinstance(code, str) else "", words if isinstance(words, str) else "")


def _read(answer: Answer) -> Response | None:
    """None where the body is no SendResponse."""
    members = _object(answer)
    if "status" not in members and "messageid" not in members:
        return None
    message_id, error = members.get("messageid"), members.get("errormessage")
    return Response(
        message_id=message_id if isinstance(message_id, str) else "",
        status=members.get("status"),
        error=error if isinstance(error, str) else "",
        retry=members.get("retry") is True,
    )


def _object(answer: Answer) -> dict[str, Any]:
    """The members of a JSON object by their names in lower case."""
    try:
        found = answer.json()
    except (ValueError, RecursionError):
        return {}
    return {name.lower(): value for name, value in found.items()} if isinstance(found, dict) else {}
