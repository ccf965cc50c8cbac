"""People who sign in with a password: who did, who failed, who has to wait."""

from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.models import LogEntry


@receiver(user_logged_in, dispatch_uid="log sign-in")
def signed_in(sender, request: HttpRequest, user, **kwargs) -> None:
    LogEntry.objects.record("sign in", caller=user, address=_address(request))


@receiver(user_logged_out, dispatch_uid="log sign-out")
def signed_out(sender, request: HttpRequest, user, **kwargs) -> None:
    if user is not None:
        LogEntry.objects.record("sign out", caller=user, address=_address(request))


@receiver(user_login_failed, dispatch_uid="log failed sign-in")
def failed(sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
    """The name that was tried stands in the log, the password never."""
    name = str(credentials.get("username", ""))[:150]
    refusals.record("sign_in_failed", address=_address(request), detail=name)


def refused(request: HttpRequest, credentials: dict, *args) -> HttpResponse:
    """The answer to who failed too often; the right password does not help either."""
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    context = {"minutes": minutes, "language": get_language()}
    response = render(request, "admin/wait.html", context, status=429)
    response["Retry-After"] = str(minutes * 60)
    return response


def _address(request: HttpRequest | None) -> str:
    return caller_address(request)[:45] if request is not None else ""
