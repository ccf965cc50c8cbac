"""For machines that watch the service: is it there, can it work, how is it doing."""

import hmac
import ipaddress

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from boxes.caller_address import caller_address
from transports.health.metrics import exposition
from transports.health.state import worker_is_alive
from transports.models import Heartbeat


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; whatever it needs may be gone."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers and a worker lives; else 503, with which of the two."""
    try:
        worker = worker_is_alive(Heartbeat.age())
    except DatabaseError:
        return _unready(database="The database does not answer.", worker="unknown")
    if not worker:
        return _unready(
            database="ok",
            worker=f"No worker gave a sign of life in the last {settings.HEARTBEAT_LIMIT:g} s.",
        )
    return JsonResponse({"status": "ok", "database": "ok", "worker": "ok"})


@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """From this machine itself, or with METRICS_TOKEN as a bearer token."""
    if not (_has_token(request) or _is_local(request)):
        return HttpResponse(
            "Ask from the machine itself, or with METRICS_TOKEN as a bearer token.\n",
            content_type="text/plain; charset=utf-8",
            status=401,
            headers={"WWW-Authenticate": 'Bearer realm="messagebox-metrics"'},
        )
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _unready(**parts: str) -> HttpResponse:
    return JsonResponse({"status": "unavailable", **parts}, status=503)


def _has_token(request: HttpRequest) -> bool:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    expected = settings.METRICS_TOKEN
    return (
        bool(expected)
        and scheme.lower() == "bearer"
        and hmac.compare_digest(token.strip().encode(), expected.encode())
    )


def _is_local(request: HttpRequest) -> bool:
    """Straight from this machine. What a proxy passes on is not, unless it is trusted to say so."""
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False
    try:
        return ipaddress.ip_address(caller_address(request)).is_loopback
    except ValueError:
        return False
