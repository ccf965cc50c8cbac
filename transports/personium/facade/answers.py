"""How every door of a cell answers: its headers, its overrides, its errors in one shape."""

import json
import logging
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from transports.doors import DoorClosed, facade
from transports.personium.facade.cell import first_generation
from transports.personium.facade.errors import CellError

logger = logging.getLogger(__name__)

VERSIONS = {True: "1.5.8", False: "1.8.3"}
_REQUEST_KEY = re.compile(r"[A-Za-z0-9_-]{0,128}", re.ASCII)
# Repeated headers arrive in one line; each begins with the name of a header and a colon.
_NEXT_OVERRIDE = re.compile(r",\s*(?=[A-Za-z0-9-]+\s*:)", re.ASCII)
# Nothing by which a proxy says where a request came from.
OVERRIDABLE = {
    *("authorization", "accept", "accept-language", "if-match", "if-none-match"),
    *("x-personium-requestkey", "x-personium-version"),
}

Handler = Callable[..., HttpResponse]


def door(**handlers: Handler) -> Callable[..., HttpResponse]:
    """A view with a handler for each method, as ``door(GET=…, POST=…)``."""

    @facade("personium")
    def view(request: HttpRequest, **where: str) -> HttpResponse:
        try:
            with translation.override("en"):  # as all words of a cell
                response = handled(request, handlers, where)
        except CellError as error:
            response = refused(error)
        except DoorClosed:
            response = refused(CellError("PR413-SV-0001"))
        except Exception:
            logger.exception("A cell's request could not be answered")
            response = refused(CellError("PR500-SV-9999", "1"))
        return dressed(request, response)

    return view


def handled(request: HttpRequest, handlers: dict[str, Handler], where) -> HttpResponse:
    method = request.method or ""
    if method == "POST":
        method = request.headers.get("X-HTTP-Method-Override") or method
    override_headers(request)
    if method == "OPTIONS":
        return with_methods(HttpResponse(), handlers)
    if method not in handlers:
        raise CellError("PR405-MC-0001")
    if not _REQUEST_KEY.fullmatch(request.headers.get("X-Personium-RequestKey", "")):
        raise CellError("PR400-EV-0002")
    return handlers[method](request, **where)


def override_headers(request: HttpRequest) -> None:
    """``X-Override: Name:Value`` stands for a header that the caller's software cannot set."""
    given = request.META.get("HTTP_X_OVERRIDE", "")
    for line in _NEXT_OVERRIDE.split(given) if given else []:
        name, _, value = line.partition(":")
        if name.strip().lower() in OVERRIDABLE:
            request.META[f"HTTP_{name.strip().upper().replace('-', '_')}"] = value.strip()
    request.__dict__.pop("headers", None)  # it is read from META once


def with_methods(response: HttpResponse, handlers: dict[str, Handler]) -> HttpResponse:
    methods = ", ".join([*handlers, "OPTIONS"])
    response["Allow"] = response["Access-Control-Allow-Methods"] = methods
    return response


def dressed(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """With what every answer carries."""
    response["X-Personium-Version"] = VERSIONS[first_generation()]
    origin, allowed = request.headers.get("Origin", ""), settings.PERSONIUM_ORIGINS
    if first_generation() and not allowed:
        response["Access-Control-Allow-Origin"] = "*"
    elif origin and (not allowed or origin in allowed):
        response["Access-Control-Allow-Origin"] = origin
        response["Access-Control-Allow-Credentials"] = "true"
        response["Access-Control-Max-Age"] = "86400"
        response["Access-Control-Expose-Headers"] = "X-Personium-Version"
        response["Vary"] = "Origin"
    wanted = request.headers.get("Access-Control-Request-Headers")
    if wanted:
        response["Access-Control-Allow-Headers"] = wanted
    return response


def refused(error: CellError) -> HttpResponse:
    response = in_json(error.body(), error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response


def in_json(value: Any, status: int = 200, **headers: str) -> HttpResponse:
    """ASCII throughout: control characters come escaped, DEL as well."""
    response = HttpResponse(json.dumps(value), status=status, content_type="application/json")
    for name, text in headers.items():
        response[name.replace("_", "-")] = text
    return response


def nothing(status: int = 204, **headers: str) -> HttpResponse:
    response = HttpResponse(status=status)
    del response["Content-Type"]
    for name, text in headers.items():
        response[name.replace("_", "-")] = text
    return response
