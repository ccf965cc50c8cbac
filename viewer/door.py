"""What stands around every view: methods, prefetches, refusals, a database that is away."""

from collections.abc import Callable
from functools import wraps

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.tokens import TokenRefused
from viewer import headers
from viewer.errors import error_page, forged_too_often

View = Callable[..., HttpResponseBase]


def door(*methods: str) -> Callable[[View], View]:
    """A view that a token opens and nothing else: no session, no cookie, no CSRF token."""

    def guard(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def guarded(request: HttpRequest, box: str, xuid: str, **more: int) -> HttpResponseBase:
            if request.method not in methods:
                return headers.for_page(
                    HttpResponse(status=405, headers={"Allow": ", ".join(methods)})
                )
            if "prefetch" in request.headers.get("Sec-Purpose", ""):
                return headers.for_page(HttpResponse(status=204))
            try:
                return view(request, box, xuid, **more)
            except TokenRefused as refused:
                return refusal(request, refused, box, xuid)
            except (OperationalError, InterfaceError):
                return error_page(request, "unavailable")

        return guarded

    return guard


def refusal(request: HttpRequest, refused: TokenRefused, box: str, xuid: str) -> HttpResponse:
    """The page that says why, and the entry in the log. Tokens that are not ours are counted."""
    code = refused.code
    refusals.record(code, address=caller_address(request), box_name=box, xuid=xuid)
    if code == "token_invalid" and forged_too_often(request):
        code = "rate_limited"
    return error_page(request, code, refused.box)
