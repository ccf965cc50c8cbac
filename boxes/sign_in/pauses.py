"""Who guesses waits, and each further failure makes the next wait twice as long."""

import math
from datetime import datetime, timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import now

from boxes.caller_address import caller_address


def limit(request: HttpRequest, credentials: dict | None) -> int:
    """How many failures shut the door: as many as there are while a pause lasts, else one more."""
    failures, last = _failures(request, credentials)
    if last is None or not _ends_at(failures, last) > now():
        return max(settings.SIGN_IN_FAILURES, failures + 1)
    return settings.SIGN_IN_FAILURES


def name_of(request: HttpRequest, credentials: dict | None) -> str:
    """Whose failures are counted: in whatever capitals, as the name is taken."""
    given = (credentials or {}).get("username") or ""
    return str(given).strip().casefold()[:255]


def refused(request: HttpRequest, response: HttpResponse, credentials: dict | None) -> HttpResponse:
    """The answer to who failed too often; the right password does not help either."""
    failures, last = _failures(request, credentials)
    left = _ends_at(failures, last) - now() if last else timedelta()
    seconds = max(1, math.ceil(left.total_seconds()))
    context = {"minutes": math.ceil(seconds / 60)}
    response = render(request, "account/wait.html", context, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _failures(request: HttpRequest, credentials: dict | None) -> tuple[int, datetime | None]:
    """How often this name failed from this address, and when it last did."""
    attempts = AccessAttempt.objects.filter(
        username=name_of(request, credentials),
        ip_address=caller_address(request),
        attempt_time__gte=now() - settings.AXES_COOLOFF_TIME,
    )
    found = attempts.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    return found["count"] or 0, found["last"]


def _ends_at(failures: int, last: datetime) -> datetime:
    beyond = failures - settings.SIGN_IN_FAILURES
    if beyond < 0:
        return last
    minutes = settings.SIGN_IN_PAUSE * 2 ** min(beyond, 30)
    return last + timedelta(minutes=min(minutes, settings.SIGN_IN_LONGEST_PAUSE))
