"""Every refusal and fault of the API as JSON in one shape.

``{"error": ["sentence", …], "code": "machine_code", "fields": {"to.0.address": ["…"]}}``
"""

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from boxes.api.json import TooLarge, Unparsable, dumps
from boxes.errors import Closed, Conflict, Rejected, WrongStatus

logger = logging.getLogger(__name__)

API_PATHS = ("/api/", "/api")


class Problem(Exception):
    """A request that is answered with an error; the text is a sentence for a person."""

    def __init__(
        self,
        sentence: str,
        *,
        status: int = 400,
        code: str = "invalid",
        fields: Mapping[str, list[str]] | None = None,
        headers: Mapping[str, str] | None = None,
        told: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.fields = dict(fields or {})
        self.headers = dict(headers or {})
        self.told = dict(told or {})

    @property
    def sentences(self) -> list[str]:
        if not self.fields:
            return [str(self)]
        return [
            f"{place}: {sentence}" if place else sentence
            for place, sentences in self.fields.items()
            for sentence in sentences
        ]


def invalid(fields: Mapping[str, list[str]]) -> Problem:
    """What is wrong with a request, by place: ``to.0.address``, or a parameter's name."""
    return Problem(_("The request is not valid."), code="invalid", fields=fields)


def not_found(sentence: str = "") -> Problem:
    if not sentence:
        sentence = _(
            "There is no such address. /api/v1/docs names all of them; mind a slash at the end."
        )
    return Problem(sentence, status=404, code="not_found")


def answer(exc: Exception, context: dict) -> Response | None:
    """Django REST framework's exception handler; None leaves a bug to the 500 page."""
    problem = problem_of(exc)
    if problem is None:
        return None
    response = Response(body_of(problem), status=problem.status)
    for name, value in problem.headers.items():
        response[name] = value
    return response


def body_of(problem: Problem) -> dict:
    answer = {"error": problem.sentences, "code": problem.code, "fields": problem.fields}
    return {**answer, **problem.told}


def problem_of(exc: Exception) -> Problem | None:
    """What an exception means to the caller; None when it is a fault of ours."""
    if isinstance(exc, Problem):
        return exc
    for kind, translate in _TRANSLATIONS:
        if isinstance(exc, kind):
            return translate(exc)
    return None


def _of_rejected(exc: Rejected) -> Problem:
    return Problem(
        str(exc),
        status=413 if exc.too_large else 400,
        code="too_large" if exc.too_large else "invalid",
        fields={exc.field: [str(exc)]} if exc.field else None,
    )


def _of_database(exc: Exception) -> Problem:
    logger.error("The database does not answer", exc_info=exc)
    return unavailable()


def unavailable() -> Problem:
    return Problem(
        _("The service is busy or being restarted. Try again in half a minute."),
        status=503,
        code="unavailable",
        headers={"Retry-After": "30"},
    )


def too_large() -> Problem:
    return Problem(
        _("The request is too large: at most %(limit)d bytes are read.")
        % {"limit": settings.MAX_REQUEST_BYTES},
        status=413,
        code="too_large",
    )


def _of_framework(exc: APIException) -> Problem:
    return Problem(str(exc.detail), status=exc.status_code, code=str(exc.default_code))


_TRANSLATIONS: tuple[tuple[Any, Callable[[Any], Problem]], ...] = (
    (Rejected, _of_rejected),
    (Closed, lambda exc: Problem(str(exc), status=410, code="misdelivered")),
    (WrongStatus, lambda exc: Problem(str(exc), status=409, code="wrong_status")),
    (Conflict, lambda exc: Problem(str(exc), status=409, code="idempotency_conflict")),
    (Http404, lambda exc: not_found()),
    ((TooLarge, RequestDataTooBig), lambda exc: too_large()),
    (Unparsable, lambda exc: Problem(str(exc), code="malformed")),
    (
        UnreadablePostError,
        lambda exc: Problem(_("The body ended before it was complete."), code="incomplete"),
    ),
    (APIException, _of_framework),
    ((OperationalError, InterfaceError), _of_database),
)


# -- outside the views: unknown paths, bad hosts, bugs --


def is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API_PATHS[0]) or request.path_info == API_PATHS[1]


def page_of(problem: Problem) -> HttpResponse:
    """The same answer where no view runs."""
    response = HttpResponse(
        dumps(body_of(problem)),
        status=problem.status,
        content_type="application/json",
        headers=problem.headers,
    )
    response["Cache-Control"] = "no-store"
    return response
