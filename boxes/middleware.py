from collections.abc import Callable
from math import inf
from urllib.parse import urlsplit

from csp.constants import HEADER
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.translation import gettext

from boxes import request_id
from boxes.api.errors import is_api


class RequestIdMiddleware:
    """Give each request an identifier that log, error page and answer share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        identifier = request_id.begin()
        response = self.get_response(request)
        response["X-Request-Id"] = identifier
        return response


# What no page of ours has a use for; the viewer, which shows foreign content, forbids more.
_NOT_ALLOWED = (
    "accelerometer autoplay browsing-topics camera display-capture encrypted-media geolocation "
    "gyroscope hid idle-detection local-fonts magnetometer microphone midi payment serial usb "
    "xr-spatial-tracking"
).split()
_HEADERS = {
    "Cache-Control": "no-store, private",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _NOT_ALLOWED),
    "X-DNS-Prefetch-Control": "off",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
}


class PrivateMiddleware:
    """Whatever a view leaves unsaid: no cache, index or other site gets hold of the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in _HEADERS.items():
            response.setdefault(name, value)
        return response


class BodyLimitMiddleware:
    """Refuses what is larger than any form, before a byte of it is read.

    Only the API and the interfaces of other systems take contents: they have a limit of their
    own and know their callers (``takes_contents``); a page that takes files takes a message's
    worth of them (``takes_files``).
    """

    AT_MOST = 1024 * 1024

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Without a length, as in pieces, Django reads no body at all.
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isdecimal() or int(length) > self.limit_of(request, int(length)):
            sentence = gettext("This is more than a page takes in: at most %(limit)d bytes.")
            return HttpResponse(
                sentence % {"limit": self.AT_MOST},
                status=413,
                content_type="text/plain; charset=utf-8",
            )
        return self.get_response(request)

    def limit_of(self, request: HttpRequest, length: int) -> float:
        if length <= self.AT_MOST:
            return self.AT_MOST
        if is_api(request):
            return inf
        try:
            view = resolve(request.path_info).func
        except Resolver404:
            return self.AT_MOST
        if getattr(view, "takes_contents", False):
            return inf
        return settings.MAX_REQUEST_BYTES if getattr(view, "takes_files", False) else self.AT_MOST


class PolicyMiddleware(CSPMiddleware):
    """The content policy of our own pages; an answer that brings its own needs none composed."""

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if HEADER in response:
            return response
        return super().process_response(request, response)


class ViewerHostMiddleware:
    """The Viewer shows foreign content: a host of its own holds nothing else to get hold of."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        own = urlsplit(settings.VIEWER_BASE_URL).netloc
        if (
            own
            and own != urlsplit(settings.BASE_URL).netloc
            and own == request.META.get("HTTP_HOST")
        ):
            request.urlconf = settings.VIEWER_URLCONF
        return self.get_response(request)
