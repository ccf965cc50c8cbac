"""The doors: who may, which operation, one call, one answer."""

import base64
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from boxes import refusals
from boxes.api import auth, throttles
from boxes.api.errors import Problem
from boxes.caller_address import caller_address
from boxes.errors import Rejected
from boxes.models import Message, Property
from transports.communicationhub.binding import EMPTY, UNFIT, Fault, Unfit, bind
from transports.communicationhub.facade import answers, arrivals, reports, status
from transports.communicationhub.facade.negotiation import Call
from transports.communicationhub.facade.sending import TooLarge, posting_of
from transports.communicationhub.facade.signature import is_repeated, signer_of
from transports.communicationhub.formats import format_named
from transports.communicationhub.formats.raw import File, Raw
from transports.communicationhub.operations import (
    GET_STATUS,
    OPERATIONS,
    RECEIVE_MAIL,
    SET_MAIL_STATUS,
    Operation,
)
from transports.doors import Caller, DoorClosed, caller_of, caller_with, facade, read_body

NAME = "communicationhub"
BASIC = "basic "
# What a status of our own API is called by ServiceStack.
CODES = {
    401: "Unauthorized",
    403: "Forbidden",
    413: "RequestEntityTooLarge",
    429: "TooManyRequests",
}


@facade(NAME)
def route(request: HttpRequest, route: str, suffix: str = "") -> HttpResponse:
    """An operation by its own path; another verb is no path at all."""
    path = "/".join(part for part in route.lower().split("/") if part)
    operation = next(item for item in OPERATIONS if item.route.lower() == path)
    if _method(request) != operation.method:
        return answers.plain(404, "404")
    return _answered(Call(request, operation, suffix=format_named(suffix)))


@facade(NAME)
def predefined(
    request: HttpRequest, operation: str, prefix: str = "json", suffix: str = ""
) -> HttpResponse:
    """An operation by its name, such as /json/reply/SendSMS."""
    found = next((item for item in OPERATIONS if item.name.lower() == operation.lower()), None)
    chosen = format_named(prefix)
    if found is None or _method(request) != found.method:
        call = Call(request, found or GET_STATUS, prefix=chosen)
        sentence = f"{operation[:100]} is not here, or not by {_method(request)[:10]}."
        return answers.error(call, 405, "NotImplementedException", sentence)
    return _answered(Call(request, found, prefix=chosen, suffix=format_named(suffix)))


@facade(NAME)
def metadata(request: HttpRequest) -> HttpResponse:
    lines = [f"{item.method} /{item.route}  {item.name}" for item in OPERATIONS]
    return answers.plain(200, "\n".join(["CommunicationHub.API", "", *lines, ""]))


def _answered(call: Call) -> HttpResponse:
    with translation.override("en"):  # the language of the original, whatever software asks
        return _attempted(call)


def _attempted(call: Call) -> HttpResponse:
    try:
        return _DOORS.get(call.operation, _send)(call)
    except DoorClosed as closed:
        code = CODES.get(closed.status, closed.code)
        return answers.error(call, closed.status, code, str(closed))
    except Problem as problem:
        code = CODES.get(problem.status, problem.code)
        return answers.error(call, problem.status, code, str(problem))
    except Unfit as unfit:
        return answers.error(call, 400, unfit.faults[0].code, str(unfit), *unfit.faults)
    except TooLarge as too_large:
        return answers.error(call, 413, CODES[413], str(too_large))


def _send(call: Call) -> HttpResponse:
    caller = _caller(call.request)
    members, files = _members(call)
    if files:
        raise Unfit(Fault(UNFIT, files[0].name, "Files are given in base64, as members."))
    posting = posting_of(call.operation, members, caller.box)
    try:
        with transaction.atomic():
            message = Message.objects.post(
                caller.box, posting.envelope, recipients=posting.hidden, caller=caller.key
            )
            if reference := members.get("Reference"):
                Property.objects.put(message, "reference", reference)
    except Rejected as rejected:
        if rejected.too_large:
            raise TooLarge(str(rejected)) from rejected
        raise Unfit(
            Fault(UNFIT, _place(call.operation, rejected.field), str(rejected))
        ) from rejected
    return answers.sent(call, status.accepted(message, posting.receiver))


def _status(call: Call) -> HttpResponse:
    caller = _caller(call.request)
    members, _files = _members(call)
    if "MessageId" not in members:
        raise Unfit(Fault(EMPTY, "MessageId", "MessageId is missing."))
    found = status.found(caller.box, members["MessageId"])
    if found is None:
        return answers.error(call, 404, "NotFound", "There is no such message.")
    return answers.sent(call, found)


def _set_status(call: Call) -> HttpResponse:
    members, _files = _members(call)
    signature = members.get("Signature", {})
    account = _signer(call, signature)
    if account is None:
        return answers.flag(call, False, 406)
    with transaction.atomic():
        repeated = is_repeated(account, signature["token"])
        known = repeated or reports.report(account, members.get("EventData", {}))
    return answers.flag(call, known)


def _receive(call: Call) -> HttpResponse:
    members, files = _members(call)
    account = _signer(call, members)
    if account is None:
        return answers.flag(call, False, 406)
    box = arrivals.box_for(account, members.get("Recipient", ""))
    if box is None:
        _refused(call, "recipient_unknown")
        return answers.flag(call, False, 406)
    with transaction.atomic():
        if not is_repeated(account, members["token"]):
            arrivals.receive(box, members, files, members["token"])
    return answers.flag(call, True)


def _members(call: Call) -> tuple[dict[str, Any], tuple[File, ...]]:
    """Raises DoorClosed, TooLarge or Unfit."""
    limit = call.operation.limit
    declared = call.request.META.get("CONTENT_LENGTH") or "0"
    if not (declared.isdecimal() and int(declared) <= limit):
        raise TooLarge(f"A request of {call.operation.name} takes at most {limit} bytes.")
    contents = read_body(call.request)
    if len(contents) > limit:
        raise TooLarge(f"A request of {call.operation.name} takes at most {limit} bytes.")
    body, query = call.read(contents)
    if call.operation is RECEIVE_MAIL:  # a mail of a stranger is not lost for a sign in it
        body = Raw(_without_nul(body.members), body.typed, body.files)
    return bind(call.operation, body, query), body.files


def _without_nul(members: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in members.items()
    }


def _caller(request: HttpRequest) -> Caller:
    """By Basic (key and secret, or the token as name), Bearer or X-Api-Key. Raises DoorClosed."""
    if request.headers.get("Sec-Fetch-Site") in auth.FOREIGN:
        sentence = "This request comes from a page of another site, and is refused."
        raise DoorClosed(sentence, code="cross_site", status=403)
    authorization = request.headers.get("Authorization", "")
    if authorization[: len(BASIC)].lower() == BASIC:
        name, password = _pair(authorization[len(BASIC) :])
        if password:
            return caller_with(request, name, password)
        return caller_of(request, name)
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return caller_of(request, token.strip())
    return caller_of(request, request.headers.get("X-Api-Key", ""))


def _pair(encoded: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name, password


def _signer(call: Call, given: dict[str, Any]):
    """The account that signed; None is logged and counted as a refusal. Raises Problem."""
    parts = (given.get(name, "") for name in ("timestamp", "token", "signature"))
    account = signer_of(*parts)
    if account is None:
        _refused(call, "signature_wrong")
        throttles.count_refusal(caller_address(call.request))
    return account


def _refused(call: Call, code: str) -> None:
    address = caller_address(call.request)
    refusals.record(code, address=address, detail=call.operation.name)


def _method(request: HttpRequest) -> str:
    instead = request.headers.get("X-Http-Method-Override", "")
    return instead.upper() if instead and request.method == "POST" else str(request.method)


def _place(operation: Operation, field: str) -> str:
    """The member that a refusal of ours is about."""
    if field.startswith(("to", "cc")):
        return {"SendMail": "To", "SendSMS": "Receiver"}.get(operation.name, "AddressLine1")
    return field


_DOORS = {GET_STATUS: _status, SET_MAIL_STATUS: _set_status, RECEIVE_MAIL: _receive}
