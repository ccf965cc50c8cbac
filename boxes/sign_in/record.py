"""What the log tells of signing in: who did, how, who failed, and what they changed."""

from allauth.account.authentication import get_authentication_records
from allauth.account.signals import password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import (
    authentication_failed,
    authenticator_added,
    authenticator_removed,
    authenticator_reset,
    authenticator_used,
)
from allauth.socialaccount.signals import social_account_added
from axes.handlers.proxy import AxesProxyHandler
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.models import LogEntry, User
from boxes.sign_in import session
from boxes.sign_in.second_factor import SET_UP, has_one


@receiver(user_logged_in, dispatch_uid="log sign-in")
def signed_in(sender, request: HttpRequest, user, **kwargs) -> None:
    session.begin(request.session)
    records = get_authentication_records(request, user)
    ways = [record.get("provider") or record.get("type") or record["method"] for record in records]
    _record(request, user, "sign in", ", ".join(ways))


@receiver(user_logged_out, dispatch_uid="log sign-out")
def signed_out(sender, request: HttpRequest, user, **kwargs) -> None:
    if user is not None:
        _record(request, user, "sign out")


@receiver(user_login_failed, dispatch_uid="log failed sign-in")
def failed(sender, credentials: dict, request: HttpRequest | None = None, **kwargs) -> None:
    """The name that was tried stands in the log, the password never."""
    name = str(credentials.get("username", ""))[:150]
    refusals.record("sign_in_failed", address=_address(request), detail=name)


@receiver(authentication_failed, dispatch_uid="log failed second factor")
def second_factor_failed(sender, request: HttpRequest, user: User, **kwargs) -> None:
    """A wrong code counts as a wrong password does."""
    refusals.record("second_factor_failed", caller=user, address=_address(request))
    AxesProxyHandler.user_login_failed(
        sender, credentials={"username": user.username}, request=request
    )


@receiver(authenticator_added, dispatch_uid="log second factor added")
def second_factor_added(sender, request, user: User, authenticator: Authenticator, **kwargs):
    if authenticator.type != Authenticator.Type.RECOVERY_CODES:
        request.session[SET_UP] = True
    _record(request, user, "second factor added", authenticator.type)


@receiver(authenticator_removed, dispatch_uid="log second factor removed")
def second_factor_removed(sender, request, user: User, authenticator: Authenticator, **kwargs):
    if not has_one(user):
        request.session.pop(SET_UP, None)
    _record(request, user, "second factor removed", authenticator.type)


@receiver(authenticator_reset, dispatch_uid="log recovery codes")
def recovery_codes_renewed(sender, request, user: User, **kwargs) -> None:
    _record(request, user, "recovery codes renewed")


@receiver(authenticator_used, dispatch_uid="log recovery code")
def recovery_code_used(sender, request, user: User, authenticator: Authenticator, **kwargs):
    if authenticator.type == Authenticator.Type.RECOVERY_CODES:
        _record(request, user, "recovery code used")


@receiver(social_account_added, dispatch_uid="log provider")
def provider_tied(sender, request, sociallogin, **kwargs) -> None:
    """From now on it decides who this user is."""
    _record(request, sociallogin.user, "provider tied", sociallogin.account.provider)


@receiver([password_changed, password_reset], dispatch_uid="log password")
def password_set(sender, request, user: User, signal, **kwargs) -> None:
    verb = "password reset" if signal is password_reset else "password changed"
    _record(request, user, verb)


def _record(request: HttpRequest | None, user: User, action: str, detail: str = "") -> None:
    LogEntry.objects.record(action, caller=user, address=_address(request), detail=detail)


def _address(request: HttpRequest | None) -> str:
    return caller_address(request)[:45] if request is not None else ""
