"""Who asks: HTTP Basic with an API key as user name and its secret as password."""

import base64
import re

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication

from boxes import refusals
from boxes.api import throttles
from boxes.api.errors import Problem
from boxes.caller_address import caller_address
from boxes.models import ApiKey

CHALLENGE = 'Basic realm="MessageBox API", charset="UTF-8"'
SENTENCES = {
    "credentials_missing": _(
        "Sign in with HTTP Basic: the API key as user name, its secret as password."
    ),
    "credentials_wrong": _("The API key or its secret is wrong."),
    "key_revoked": _("This API key was withdrawn. Ask your administrator for another one."),
    "key_expired": _("This API key has expired. Ask your administrator for another one."),
    "network_refused": _(
        "This API key may not be used from your network address. Ask your administrator."
    ),
}
FOREIGN = ("cross-site", "same-site")
_BASIC = re.compile(r"\s*basic\s+([A-Za-z0-9+/]+={0,2})\s*", re.ASCII | re.IGNORECASE)
_KEY_ID = re.compile(r"[A-Za-z0-9_.-]{1,32}", re.ASCII)


class KeyAuthentication(BaseAuthentication):
    """Answers with the key, or with a problem that says what to mend."""

    def authenticate(self, request) -> tuple[ApiKey, None]:
        return authenticated(request._request), None

    def authenticate_header(self, request) -> str:
        return CHALLENGE


def authenticated(request: HttpRequest) -> ApiKey:
    """The key that the request proves to hold. Raises Problem.

    Why a key is refused is told only to whoever knows its secret.
    """
    if request.headers.get("Sec-Fetch-Site") in FOREIGN:
        # A browser sends a kept login along with whatever any page asks for.
        sentence = _("This request comes from a page of another site, and is refused.")
        raise Problem(str(sentence), status=403, code="cross_site")
    key_id, secret = credentials(request.META.get("HTTP_AUTHORIZATION", ""))
    given = request.META.get("HTTP_AUTHORIZATION", "").lstrip()[:5].lower() == "basic"
    return proven(request, key_id, secret, given=given)


def proven(request: HttpRequest, key_id: str, secret: str, *, given: bool) -> ApiKey:
    """The key of this id and secret, where it may be used now and from here. Raises Problem.

    ``given`` says that the request named a login at all, by the scheme that is known here.
    """
    key = ApiKey.objects.known(key_id) if key_id else None
    if key is None or not key.has_secret(secret):
        code = "credentials_wrong" if given else "credentials_missing"
        raise _refused(request, code, detail=key_id)
    if key.revoked_at is not None:
        raise _refused(request, "key_revoked", key)
    if key.is_expired:
        raise _refused(request, "key_expired", key)
    if not key.may_come_from(caller_address(request)):
        raise _refused(request, "network_refused", key, status=403)
    throttles.count_request(key.subject)
    key.used()
    return key


def credentials(header: str) -> tuple[str, str]:
    """Key and secret from the header; empty where it holds none."""
    match = _BASIC.fullmatch(header)
    if match is None:
        return "", ""
    try:
        text = base64.b64decode(match[1]).decode()
    except ValueError:
        return "", ""
    key_id, _colon, secret = text.partition(":")
    return (key_id, secret) if _KEY_ID.fullmatch(key_id) else ("", "")


def _refused(
    request: HttpRequest, code: str, key: ApiKey | None = None, *, status=401, detail=""
) -> Problem:
    """Log and count a refusal. Raises the problem of too many of them instead."""
    address = caller_address(request)
    refusals.record(code, caller=key, address=address, detail=detail)
    throttles.count_refusal(address)
    headers = {"WWW-Authenticate": CHALLENGE} if status == 401 else {}
    return Problem(str(SENTENCES[code]), status=status, code=code, headers=headers)
