"""What the library leaves: the end of a session, and who still needs a second factor."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from boxes.sign_in import session
from boxes.sign_in.second_factor import has_one

NEXT = "then"


def local_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page that is not there where passwords of this installation are switched off."""

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.LOCAL_PASSWORDS:
            raise Http404
        return view(request, *args, **kwargs)

    return wrapped


def login(request: HttpRequest) -> HttpResponseBase:
    """Leads whoever has a password and no second factor to set one up, before all else."""
    if request.user.is_authenticated and session.needs_second_factor(request, request.user):
        request.session[NEXT] = get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL
        return redirect("mfa_reauthenticate" if has_one(request.user) else "mfa_index")
    return account.login(request)


@login_required
def password_change(request: HttpRequest) -> HttpResponseBase:
    """Who signs in at a provider has no password here, and gets none."""
    if request.user.is_authenticated and not request.user.has_usable_password():
        return render(request, "account/no_password.html", status=403)
    return account.password_change(request)


@require_safe
def then(request: HttpRequest) -> HttpResponse:
    """Where somebody wanted to go before a second factor came in between."""
    return redirect(request.session.pop(NEXT, settings.LOGIN_REDIRECT_URL))


@require_safe
def signup(request: HttpRequest) -> HttpResponse:
    return render(request, "account/signup_closed.html", status=403)


@require_http_methods(["GET", "POST"])
def time_left(request: HttpRequest) -> HttpResponse:
    """How many seconds this sign-in lasts; asking leaves them as they are, POST begins anew.

    With whose it is, and the token for the forms of a page that is older than the sign-in.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"left": 0})
    if request.method == "POST":
        session.use(request.session)
    else:
        request.META["HTTP_X_BACKGROUND"] = "1"
    facts = {"left": session.seconds_left(request.session), "who": request.user.subject}
    return JsonResponse(facts | {"csrf": get_token(request)})
