"""The forms of signing in, without the hints that repeat a label inside its field."""

from typing import Any

from allauth.account import forms as account
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from axes.handlers.proxy import AxesProxyHandler
from django.utils.translation import gettext_lazy as _

from boxes.sign_in.second_factor import use_once


class Plain:
    """A label above its field says what goes in; a hint inside is gone with the first key."""

    fields: dict

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


class LoginForm(Plain, account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs.update(
            {"autocapitalize": "none", "spellcheck": "false", "autofocus": True}
        )
        self.fields["password"].help_text = ""  # the link stands below the form


class ResetPasswordForm(Plain, account.ResetPasswordForm):
    """Only who has a password gets another, and at the address that the user has now.

    Others sign in at their provider; former addresses stay known to the library.
    """

    users: list

    def clean_email(self) -> str:
        email = super().clean_email()
        self.users = [
            user
            for user in self.users
            if user.has_usable_password() and user.email.lower() == email.lower()
        ]
        return email


class ResetPasswordKeyForm(Plain, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(Plain, account.ChangePasswordForm):
    pass


class ReauthenticateForm(Plain, account.ReauthenticateForm):
    pass


class CodeOnce(Plain):
    """A code of six digits can be guessed and can be seen: failures make wait, and once is all."""

    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        if not AxesProxyHandler.is_allowed(context.request, {"username": self.user.username}):
            context.request.axes_locked_out = True
            context.request.axes_credentials = {"username": self.user.username}
            raise get_adapter().validation_error("incorrect_code")
        code = super().clean_code()  # type: ignore[misc]
        by_app = self.authenticator.type == Authenticator.Type.TOTP
        if by_app and not use_once(self.authenticator, code):
            self._emit_authentication_failed(self.authenticator)  # type: ignore[attr-defined]
            raise get_adapter().validation_error("incorrect_code")
        return code


class AuthenticateForm(CodeOnce, mfa.AuthenticateForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].label = _("Code of your app, or a recovery code")
        self.fields["code"].widget.attrs.update({"autofocus": True, "spellcheck": "false"})


class ReauthenticateByCodeForm(CodeOnce, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(Plain, totp.ActivateTOTPForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["inputmode"] = "numeric"
