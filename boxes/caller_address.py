"""Where a request came from, as far as it can be believed."""

from django.conf import settings
from django.http import HttpRequest


def caller_address(request: HttpRequest) -> str:
    """The address that the outermost proxy of our own saw; without proxies, the peer's.

    What stands further to the left in X-Forwarded-For was written by the caller.
    """
    peer = request.META.get("REMOTE_ADDR", "")
    if not settings.TRUSTED_PROXIES:
        return peer
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    if len(seen) < settings.TRUSTED_PROXIES:
        return peer
    return seen[-settings.TRUSTED_PROXIES] or peer
