"""The headers of every answer of the viewer, exactly as its contract gives them."""

from collections.abc import Iterable
from typing import TypeVar
from urllib.parse import quote, urlsplit

from django.conf import settings
from django.http import HttpResponseBase

Answer = TypeVar("Answer", bound=HttpResponseBase)

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; "
    "img-src 'self' data:{images}; font-src 'self'; connect-src 'none'; frame-src 'self'; "
    "worker-src 'none'; manifest-src 'none'; media-src 'none'; object-src 'none'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self' {parents}; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_SEALED_POLICY = "sandbox; default-src 'none'"
_NOT_ALLOWED = (
    "accelerometer autoplay browsing-topics camera clipboard-read clipboard-write display-capture "
    "encrypted-media fullscreen geolocation gyroscope hid idle-detection local-fonts "
    "local-network-access magnetometer microphone midi payment picture-in-picture "
    "publickey-credentials-get screen-wake-lock serial storage-access usb window-management "
    "xr-spatial-tracking"
).split()
_PERMISSIONS = ", ".join(
    f"{feature}={'(self)' if feature == 'fullscreen' else '()'}" for feature in _NOT_ALLOWED
)
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow, noarchive, nosnippet",
    "X-DNS-Prefetch-Control": "off",
    "Origin-Agent-Cluster": "?1",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Permissions-Policy": _PERMISSIONS,
}


# Error pages hold nothing of a message and no button: their words must reach whoever waits for one.
EVERYBODY = "http: https:"
USUAL_PORTS = {"http": ":80", "https": ":443"}
# A vendor's first page stands on his own machine, on http.
_ON_THIS_MACHINE = ("http://localhost:*", "http://127.0.0.1:*")


def parents(origins: Iterable[str]) -> str:
    """Who may frame a page: the origins that the box lists, else any page on https, and in the demo
    any on this machine; and our own other host, where the viewer has one of its own."""
    found = [_as_browsers_write(origin) for origin in origins]
    if not found:
        in_demo = settings.DEMO and not settings.PRODUCTION
        found = ["https:", *(_ON_THIS_MACHINE if in_demo else ())]
    if settings.VIEWER_BASE_URL:
        scheme, host, *_rest = urlsplit(settings.BASE_URL)
        found.insert(0, f"{scheme}://{host}")
    return " ".join(found)


def _as_browsers_write(origin: str) -> str:
    """In lower case and without the usual port: our page compares its parent's letter by letter."""
    scheme, host = origin.lower().split("://", 1)
    return f"{scheme}://{host.removesuffix(USUAL_PORTS[scheme])}"


def for_page(
    response: Answer, origins: Iterable[str] = (), *, remote_images: bool = False
) -> Answer:
    return _page(response, parents(origins), " https:" if remote_images else "")


def for_error_page(response: Answer) -> Answer:
    return _page(response, EVERYBODY, "")


def for_fragment(response: Answer, origin: str, origins: Iterable[str]) -> Answer:
    """For what lands in another page; a script there may read it only where the box says so."""
    if origin and origin in origins:
        response["Access-Control-Allow-Origin"] = origin
        response["Vary"] = "Origin"
    return _set(response, _SEALED_POLICY, "same-origin", "same-origin")


def for_download(response: Answer, filename: str) -> Answer:
    response["Content-Disposition"] = disposition("attachment", filename)
    return _set(response, _SEALED_POLICY, "same-origin", "same-origin")


def for_inline(response: Answer, filename: str, origins: Iterable[str]) -> Answer:
    response["Content-Disposition"] = disposition("inline", filename)
    policy = f"{_SEALED_POLICY}; frame-ancestors 'self' {parents(origins)}"
    return _set(response, policy, "same-origin", "same-origin")


def for_sheet(response: Answer) -> Answer:
    """For a style sheet that says nothing of anybody and stays as it is."""
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def disposition(kind: str, filename: str) -> str:
    """Both forms of RFC 6266: a plain one for old clients, and the name as it is."""
    plain = "".join(
        letter if " " <= letter <= "~" and letter not in '"%\\' else "_" for letter in filename
    )
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


def _page(response: Answer, framed_by: str, images: str) -> Answer:
    policy = _PAGE_POLICY.format(parents=framed_by, images=images)
    return _set(response, policy, "cross-origin", "unsafe-none")


def _set(response: Answer, policy: str, resource: str, opener: str) -> Answer:
    for name, value in _ALWAYS.items():
        response[name] = value
    response["Content-Security-Policy"] = policy
    response["Cross-Origin-Resource-Policy"] = resource
    response["Cross-Origin-Opener-Policy"] = opener
    # frame-ancestors says it, and X-Frame-Options cannot list origins.
    setattr(response, "xframe_options_exempt", True)  # noqa: B010
    return response
