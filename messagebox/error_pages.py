"""What is answered where no view runs: JSON below /api, a page elsewhere."""

import logging
from collections.abc import Iterable

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext as _

from boxes.api import errors
from boxes.error_page import error_page
from boxes.inbox.door import typed_in
from boxes.request_id import current_request_id

logger = logging.getLogger(__name__)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        sentence = _("The browser asked for something that cannot be answered.")
        if isinstance(exception, RequestDataTooBig):
            sentence = _("This is larger than MessageBox takes in one go.")
        return _page(request, 400, _("This could not be done"), sentence)
    if isinstance(exception, RequestDataTooBig):
        return _api_page(request, errors.too_large)
    return _api_page(request, lambda: errors.Problem(_("The request is not valid.")))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        sentence = _("You may not see this, or not do it. Ask your administrator if you need it.")
        return _page(request, 403, _("This is not open to you"), sentence)
    return _api_page(
        request, lambda: errors.Problem(_("This is not allowed."), status=403, code="forbidden")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        sentence = _("There is no page at this address. See that it was copied whole.")
        return _page(request, 404, _("There is nothing here"), sentence)
    return _api_page(request, errors.not_found)


def server_error(request: HttpRequest) -> HttpResponse:
    sentence = _("Something went wrong here. Tell your administrator the number %(number)s.") % {
        "number": current_request_id()
    }
    if not errors.is_api(request):
        return _page(request, 500, _("Something went wrong"), sentence)
    return _api_page(request, lambda: errors.Problem(sentence, status=500, code="internal_error"))


def from_elsewhere(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that does not prove to come from a page of this session (CSRF), most often because
    one signed in anew in another tab. What was typed is given back, if it comes from a page of
    ours: else another site could put its words here."""
    logger.warning("A form was refused: %s", reason)
    sentence = _("You signed in anew since this page was opened. Nothing was done: do it anew.")
    if request.headers.get("X-Background"):
        return JsonResponse({"closed": sentence, "outdated": True}, status=403)
    ours = request.headers.get("Sec-Fetch-Site") == "same-origin"
    typed = typed_in(request) if ours else []
    return _page(request, 403, _("This page was out of date"), sentence, typed=typed)


def _page(
    request: HttpRequest,
    status: int,
    heading: str,
    sentence: str,
    typed: Iterable[tuple[str, str]] = (),
) -> HttpResponse:
    # The Viewer's own host has no front page.
    way = "" if getattr(request, "urlconf", None) else "/"
    words = _("To the front page")
    return error_page(status, heading, sentence, way=way, way_in_words=words, typed=typed)


def _api_page(request: HttpRequest, problem) -> HttpResponse:
    """English unless the caller asks otherwise, as everywhere in the API."""
    language = translation.get_language() if "HTTP_ACCEPT_LANGUAGE" in request.META else "en"
    with translation.override(language):
        return errors.page_of(problem())
