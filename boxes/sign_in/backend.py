from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.http import HttpRequest

from boxes.models import User


class PasswordBackend(AuthenticationBackend):
    """Names and passwords of this installation, where it has them at all.

    Permissions are asked of it in either case.
    """

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Any:
        if not settings.LOCAL_PASSWORDS:
            return None
        return super().authenticate(request, **credentials)

    def _authenticate_by_username(self, username: str, password: str) -> Any:
        """In whatever capitals, unless two users differ by them."""
        if exact := User.objects.filter(username=username).first():
            return self._check_password(exact, password)
        return super()._authenticate_by_username(username, password)
