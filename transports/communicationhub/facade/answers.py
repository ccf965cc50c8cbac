"""The façade's answers: SendResponse, a bare boolean, or ErrorResponse, in the format asked for."""

from typing import Any

from django.http import HttpResponse

from transports.communicationhub.binding import Fault
from transports.communicationhub.facade.negotiation import Call
from transports.communicationhub.formats import CSV, JSON
from transports.communicationhub.operations import ERROR_RESPONSE, SEND_RESPONSE

REALM = 'basic realm="/auth/basic"'


def sent(call: Call, values: dict[str, Any]) -> HttpResponse:
    ordered = {member.name: values.get(member.name) for member in SEND_RESPONSE.members}
    return _answer(call, call.answered_in.write(SEND_RESPONSE, ordered))


def flag(call: Call, value: bool, status: int = 200) -> HttpResponse:
    return _answer(call, call.answered_in.write_flag(value), status)


def error(call: Call, status: int, code: str, sentence: str, *faults: Fault) -> HttpResponse:
    """``faults`` that name a field are listed one by one."""
    errors = [
        {"ErrorCode": fault.code, "FieldName": fault.field, "Message": fault.sentence}
        for fault in faults
        if fault.field
    ]
    values = {"ResponseStatus": {"ErrorCode": code, "Message": sentence, "Errors": errors}}
    answer = _answer(call, call.answered_in.write(ERROR_RESPONSE, values), status, code)
    if status == 401:
        answer["WWW-Authenticate"] = REALM
    return answer


def plain(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain")


def _answer(call: Call, text: str, status: int = 200, reason: str = "") -> HttpResponse:
    chosen, content_type = call.answered_in, call.media_type
    if chosen is JSON:
        content_type = "application/json; charset=utf-8"
    if call.callback:  # a script element cannot tell a status
        text, status, reason, content_type = f"{call.callback}({text})", 200, "", "text/javascript"
    answer = HttpResponse(
        text.encode("utf-8", "replace"),
        status=status,
        reason=reason or None,
        content_type=content_type,
    )
    answer["Vary"] = "Accept"
    answer["Cache-Control"] = "no-store"
    if chosen is CSV:
        answer["Content-Disposition"] = f'attachment;filename="{call.operation.name}.csv"'
    return answer
