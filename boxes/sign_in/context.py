from typing import Any

from allauth.socialaccount.adapter import get_adapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from boxes.sign_in.session import needs_second_factor


def signing_in(request: HttpRequest) -> dict[str, Any]:
    """What the pages of signing in, and those that warn of its end, need to know."""
    return {
        "language": SimpleLazyObject(lambda: get_language() or settings.LANGUAGE_CODE),
        "local_passwords": settings.LOCAL_PASSWORDS,
        "mail_is_on": bool(settings.MAIL_DOMAIN),
        "providers": SimpleLazyObject(lambda: get_adapter().list_providers(request)),
        "must_set_up": SimpleLazyObject(lambda: needs_second_factor(request, request.user)),
        "session_idle": settings.SESSION_IDLE,
        "session_warning": settings.SESSION_WARNING,
    }
