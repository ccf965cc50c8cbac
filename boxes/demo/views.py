"""The page that plays an EHR: its script calls the REST API, and the Viewer stands in a frame."""

import ipaddress
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import translation
from django.views.decorators.http import require_safe

from boxes.caller_address import caller_address
from boxes.demo import kept

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'{viewer}; form-action 'self'{viewer}; "
    "base-uri 'none'; object-src 'none'; manifest-src 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECONDS_TO_WAIT = 2


@require_safe
def front(request: HttpRequest) -> HttpResponseBase:
    """Where who just types the host's name ends up."""
    return redirect("demo" if is_demo() else "inbox:front")


@require_safe
def page(request: HttpRequest) -> HttpResponseBase:
    """Hands its reader an API key, and so answers only on the machine that the demo runs on."""
    if not is_demo():
        raise Http404
    if not _is_near(request):
        return _answer(request, "demo/elsewhere.html", {}, status=403)
    if request.get_host() != urlsplit(settings.BASE_URL).netloc:
        return redirect(f"{settings.BASE_URL}/demo/")  # the Viewer's frame lives there
    facts = kept.read()
    if not facts.get("told") or "page" not in facts:
        response = _answer(request, "demo/preparing.html", {}, status=200)
        response["Refresh"] = str(SECONDS_TO_WAIT)
        return response
    return _answer(
        request, "demo/page.html", {"key": facts["page"], "zone": settings.TIME_ZONE}, status=200
    )


def is_demo() -> bool:
    return settings.DEMO and not settings.PRODUCTION


def _is_near(request: HttpRequest) -> bool:
    """Whether browser and service share one machine, and no proxy stands between them."""
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(caller_address(request)).is_loopback
    except ValueError:
        return False


def _answer(request: HttpRequest, template: str, context: dict, status: int) -> HttpResponse:
    asked = request.GET.get("lang")
    known = [code for code, name in settings.LANGUAGES]
    language = asked if asked in known else translation.get_language() or known[0]
    with translation.override(language):
        html = render_to_string(
            template, {**context, "language": language, "languages": settings.LANGUAGES}
        )
    response = HttpResponse(html, status=status)
    viewer = settings.VIEWER_BASE_URL and f" {settings.VIEWER_BASE_URL}"
    response["Content-Security-Policy"] = POLICY.format(viewer=viewer)
    response["Content-Language"] = language
    return response
