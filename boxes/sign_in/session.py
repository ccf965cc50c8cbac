"""How long a sign-in lasts, and whom it admits.

A request that is made by itself, as a list that refreshes, says ``X-Background: 1`` and keeps
nobody signed in.
"""

import time
from collections.abc import Callable

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject, empty

from boxes.caller_address import caller_address
from boxes.models import LogEntry, User
from boxes.sign_in.second_factor import is_shown

BEGAN, SEEN = "signed_in_at", "seen_at"
# A use is written down once in so many seconds: each writing is a synced one.
GRAIN = 20
# What somebody may open who has a password and no second factor yet.
DOORS = "/accounts/"


class AdmissionMiddleware:
    """Gives the request its user only while the sign-in lasts, and with what it needs.

    The user is looked at when a view asks for it: pages that need none pay nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = request.user
        admitted = SimpleLazyObject(lambda: _admitted(request, found))
        request.user = admitted  # type: ignore[assignment]
        response = self.get_response(request)
        # Whoever is put in its place meanwhile, as an API key, has no session.
        asked = request.user is admitted and admitted._wrapped is not empty
        if asked and request.user.is_authenticated and not is_background(request):
            use(request.session)
        return response


def begin(session: SessionBase) -> None:
    session[BEGAN] = session[SEEN] = time.time()


def use(session: SessionBase) -> None:
    """Somebody was here: the time without use begins anew."""
    at = time.time()
    session.setdefault(BEGAN, at)
    if at - session.get(SEEN, 0) >= min(GRAIN, settings.SESSION_IDLE / 4):
        session[SEEN] = at


def seconds_left(session: SessionBase) -> int:
    """How long the sign-in lasts if nobody does anything any more; 0 when it has ended."""
    at = time.time()
    idle = session.get(SEEN, at) + settings.SESSION_IDLE - at
    whole = session.get(BEGAN, at) + settings.SESSION_LONGEST - at
    return max(0, int(min(idle, whole)))


def is_background(request: HttpRequest) -> bool:
    return request.META.get("HTTP_X_BACKGROUND") == "1"


def _admitted(request: HttpRequest, user: User | AnonymousUser) -> User | AnonymousUser:
    if not user.is_authenticated:
        return user
    if not seconds_left(request.session):
        LogEntry.objects.record(
            "sign out", caller=user, address=caller_address(request), detail="time was up"
        )
        request.session.flush()
        return AnonymousUser()
    if not request.path_info.startswith(DOORS) and needs_second_factor(request, user):
        return AnonymousUser()
    return user


def needs_second_factor(request: HttpRequest, user: User | AnonymousUser) -> bool:
    """Whether this sign-in was by password alone, where that does not do."""
    if not settings.REQUIRE_SECOND_FACTOR or not user.is_authenticated:
        return False
    return not is_shown(get_authentication_records(request, user), request.session)
