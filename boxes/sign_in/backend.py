from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest


class PasswordBackend(AuthenticationBackend):
    """Names and passwords of this installation, where it has them at all.

    Permissions are asked of it in either case.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        if not settings.LOCAL_PASSWORDS:
            return None
        return super().authenticate(request, **credentials)
