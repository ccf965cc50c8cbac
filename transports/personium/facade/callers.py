"""Whose token it is, and the cell that it may act for."""

from typing import NamedTuple

from django.http import HttpRequest

from boxes import refusals
from boxes.api import auth, throttles
from boxes.api.errors import Problem
from boxes.caller_address import caller_address
from boxes.models import ApiKey, Box
from transports.personium.facade.cell import url_of
from transports.personium.facade.errors import CellError

REFRESH = "RA~"
# What our reasons to refuse a key are called here.
_CODES = {
    "key_expired": "PR401-AU-0002",
    "key_revoked": "PR401-AU-0008",
    "credentials_wrong": "PR401-AU-0008",
    "network_refused": "PR403-AU-0002",
    "rate_limited": "PR429-SV-0001",
}


class Caller(NamedTuple):
    key: ApiKey
    box: Box


def bearer(request: HttpRequest, cell: str) -> str:
    """The token of the request. Raises CellError."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, token = header.strip().partition(" ")
    if not header.strip() or scheme.lower() == "basic":
        raise unauthorized("PR401-AU-0001", cell)
    if scheme.lower() != "bearer":
        raise unauthorized("PR401-AU-0003", cell)
    return token.strip()


def caller_of(request: HttpRequest, cell: str, *rights: str) -> Caller:
    """The key, and the box where it holds the rights. Raises CellError."""
    token = bearer(request, cell)
    if token.startswith(REFRESH):
        raise unauthorized("PR401-AU-0007", cell)
    key = key_of(request, token, cell)
    box = Box.objects.opened(cell, key)
    if box is None:
        raise noted(request, "PR403-AU-0001", "box_not_open", cell, key=key)
    for right in rights:
        if not box.allows(key, right):
            raise noted(request, "PR403-AU-0002", "right_missing", cell, right, key=key)
    return Caller(key, box)


def key_of(request: HttpRequest, token: str, cell: str) -> ApiKey:
    key_id, secret = ApiKey.split_token(token)
    try:
        return auth.proven(request, key_id, secret, given=True)
    except Problem as problem:
        code = _CODES.get(problem.code, "PR401-AU-0008")
        if not key_id and code == "PR401-AU-0008":
            code = "PR401-AU-0006"
        error = unauthorized(code, cell)
        error.headers.update(
            {name: value for name, value in problem.headers.items() if name == "Retry-After"}
        )
        raise error from problem


def unauthorized(code: str, cell: str) -> CellError:
    error = CellError(code)
    if error.status == 401:
        error.headers["WWW-Authenticate"] = f'Bearer realm="{url_of(cell)}"'
    return error


def noted(
    request: HttpRequest, code: str, outcome: str, cell: str, detail: str = "", key=None
) -> CellError:
    """The refusal, logged and counted, so that nobody tries without end."""
    address = caller_address(request)
    refusals.record(outcome, caller=key, address=address, box_name=cell, detail=detail)
    try:
        throttles.count_refusal(address)
    except Problem:
        return CellError("PR429-SV-0001")
    return unauthorized(code, cell)
