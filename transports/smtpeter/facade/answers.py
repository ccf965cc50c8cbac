"""How SMTPeter answers: JSON without a parameter in its type, and errors in a shape of its own."""

import functools
import json
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from boxes.errors import Rejected
from transports.doors import Caller, DoorClosed, caller_of, facade

RETRY_SECONDS = 60
# What clients know the words of; for other refusals ours are told.
WORDS = {401: "Invalid access token", 413: "Message too large", 429: "Too many requests"}


class Refusal(Exception):
    """A request that is answered with an error; the text is what its sender reads."""

    def __init__(self, words: str, status: int = 400) -> None:
        super().__init__(words)
        self.status = status


def not_found(words: str = "Not found") -> Refusal:
    return Refusal(words, 404)


def door(method: str) -> Callable:
    """A view of one call, for one verb or with "" for all; whatever it refuses is answered as
    SMTPeter would."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @facade("smtpeter")
        @functools.wraps(view)
        def answered(request: HttpRequest, *args: str) -> HttpResponse:
            with translation.override("en"):
                try:
                    return view(admitted(request, method), *args)
                except Refusal as refusal:
                    response = error(str(refusal), refusal.status)
                except DoorClosed as closed:
                    response = error(WORDS.get(closed.status, str(closed)), closed.status)
                except Rejected as rejected:
                    response = error(str(rejected), 413 if rejected.too_large else 400)
                except (OperationalError, InterfaceError):
                    response = error("Temporarily unavailable", 503)
            if response.status_code == 405:
                response["Allow"] = method
            return response

        return answered

    return decorate


def admitted(request: HttpRequest, method: str) -> HttpRequest:
    if settings.PRODUCTION and not request.is_secure():
        raise Refusal("HTTPS required")
    if method and request.method != method:
        raise Refusal("Method not allowed", 405)
    return request


def caller(request: HttpRequest, right: str = "send") -> Caller:
    """By ``access_token``; a bearer token, which no address shows, is an addition of ours."""
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    token = request.GET.get("access_token", "")
    if not token and scheme.lower() == "bearer":
        token = bearer.strip()
    return caller_of(request, token, right)


def answer(value: Any) -> HttpResponse:
    """Clients compare the type to the letter."""
    return HttpResponse(json.dumps(value), content_type="application/json")


def words(value: str, kind: str = "text/plain") -> HttpResponse:
    return HttpResponse(value, content_type=f"{kind}; charset=utf-8")


def nothing() -> HttpResponse:
    """What is not there; an empty answer with status 200 would break clients."""
    return HttpResponse(status=204)


def error(sentence: str, status: int) -> HttpResponse:
    response = answer({"error": {"message": sentence}})
    response.status_code = status
    if status in (429, 503):
        response["Retry-After"] = str(RETRY_SECONDS)
    return response
