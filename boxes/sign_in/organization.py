"""Signing in at the organization's own provider, by OpenID Connect.

Nobody becomes a user by it: an administrator makes the user, and the first sign-in ties it to
what the provider calls this person for good.
"""

import secrets
from functools import partial
from typing import Any

import requests
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter, get_adapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect import views as openid
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from boxes import refusals
from boxes.caller_address import caller_address
from boxes.models import User
from boxes.sign_in.groups import follow, groups_in

# What an answer does that is none of a provider: no JSON, or without what every provider gives.
UNUSABLE = (requests.RequestException, KeyError, ValueError)


class ProviderAdapter(DefaultSocialAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(self, request: Any, provider: Any = None, client_id: Any = None) -> list:
        """Those of the settings alone; nobody adds one by hand."""
        return [
            SocialApp(provider="openid_connect", **app)
            for app in settings.OIDC_PROVIDERS
            if provider in (None, "openid_connect", app["provider_id"])
            and client_id in (None, app["client_id"])
        ]

    def get_requests_session(self) -> requests.Session:
        session = super().get_requests_session()
        if settings.OIDC_CA_FILE:
            # With each request: what the session verifies with gives way to the environment.
            session.request = partial(session.request, verify=settings.OIDC_CA_FILE)
        return session

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """The provider has answered: is it an answer to this sign-in, and about whom?"""
        claims = _claims(request, sociallogin)
        if not sociallogin.is_existing:
            sociallogin.connect(request, _user_of(request, sociallogin, claims))
        user = sociallogin.user
        if user.is_active:
            follow(user, sociallogin.account.provider, groups_in(claims, _app(sociallogin)))

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        **kw: Any,
    ) -> None:
        detail = f"{provider.app.provider_id}: {exception or error or 'no sign-in is under way'}"
        refusals.record("provider_failed", address=caller_address(request), detail=detail)


@require_safe
def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Send the browser to the provider, with a number that its answer has to repeat."""
    try:
        provider = get_adapter().get_provider(request, provider_id)
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    nonce = secrets.token_urlsafe(24)
    try:
        return provider.redirect(
            request,
            AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params={"nonce": nonce},
            nonce=nonce,
        )
    except UNUSABLE as error:
        return render_authentication_error(request, provider, exception=error)


@require_safe
def from_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The library's own callback; a provider that leaves half of its answer out is no fault."""
    try:
        return openid.callback(request, provider_id)
    except UNUSABLE as error:
        provider = get_adapter().get_provider(request, provider_id)
        return render_authentication_error(request, provider, exception=error)


def _claims(request: HttpRequest, sociallogin: SocialLogin) -> dict[str, Any]:
    """What the provider says of this person, when it says so to us and now."""
    told = sociallogin.account.extra_data
    token, more = told.get("id_token") or {}, told.get("userinfo") or {}
    nonce = sociallogin.state.get("nonce")
    if not nonce or token.get("nonce") != nonce:
        raise _refusal(
            request,
            "provider_answer_stray",
            _("The answer of the provider does not belong to this sign-in. Try again."),
        )
    if more and more.get("sub") != token.get("sub"):
        raise _refusal(
            request,
            "provider_answer_stray",
            _("The provider told of two people at once. Tell your administrator."),
        )
    return {**token, **more}


def _user_of(request: HttpRequest, sociallogin: SocialLogin, claims: dict[str, Any]) -> User:
    """The user that an administrator made for this person."""
    name = str(claims.get(_app(sociallogin).settings["user_claim"]) or "")
    found = list(User.objects.filter(username__iexact=name)[:2]) if name else []
    if len(found) != 1:  # two whose names differ in capitals only are nobody's guess
        raise _refusal(
            request,
            "user_unknown",
            _("You signed in at your organization, and nobody here is called “%(name)s”.")
            % {"name": name or claims.get("sub", "")},
            detail=name,
        )
    [user] = found
    # Tied once is tied for good, whatever another provider says.
    if SocialAccount.objects.filter(user=user).exists():
        raise _refusal(
            request,
            "user_of_another",
            _("“%(name)s” belongs to another person at your organization.") % {"name": name},
            detail=name,
        )
    # Whoever may choose a name there must not get what somebody guards here with a password.
    if settings.LOCAL_PASSWORDS and user.has_usable_password():
        raise _refusal(
            request,
            "user_has_password",
            _(
                "“%(name)s” signs in with a password here. Do so, or ask your administrator to "
                "take the password away: then your organization lets you in."
            )
            % {"name": name},
            detail=name,
        )
    return user


def _app(sociallogin: SocialLogin) -> SocialApp:
    return sociallogin.provider.app


def _refusal(
    request: HttpRequest, outcome: str, sentence: str, detail: str = ""
) -> ImmediateHttpResponse:
    refusals.record(outcome, address=caller_address(request), detail=detail[:150])
    page = render(request, "socialaccount/refused.html", {"sentence": sentence}, status=403)
    return ImmediateHttpResponse(page)
