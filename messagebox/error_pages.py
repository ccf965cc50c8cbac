"""What is answered where no view runs: JSON below /api, a page elsewhere."""

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views import defaults

from boxes.api import errors
from boxes.request_id import current_request_id


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        return defaults.bad_request(request, exception)
    if isinstance(exception, RequestDataTooBig):
        return _api_page(request, errors.too_large)
    return _api_page(request, lambda: errors.Problem(_("The request is not valid.")))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        return defaults.permission_denied(request, exception)
    return _api_page(
        request, lambda: errors.Problem(_("This is not allowed."), status=403, code="forbidden")
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if not errors.is_api(request):
        return defaults.page_not_found(request, exception)
    return _api_page(request, errors.not_found)


def server_error(request: HttpRequest) -> HttpResponse:
    if not errors.is_api(request):
        return defaults.server_error(request)
    return _api_page(
        request,
        lambda: errors.Problem(
            _("Something went wrong here. Tell your administrator the number %(number)s.")
            % {"number": current_request_id()},
            status=500,
            code="internal_error",
        ),
    )


def _api_page(request: HttpRequest, problem) -> HttpResponse:
    """English unless the caller asks otherwise, as everywhere in the API."""
    language = translation.get_language() if "HTTP_ACCEPT_LANGUAGE" in request.META else "en"
    with translation.override(language):
        return errors.page_of(problem())
