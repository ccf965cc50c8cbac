"""Second factors and ties to a provider: seen, and taken away from who lost them."""

from typing import Any

# Registered by the library itself, which has to be done before it is undone below.
import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.base.internal.flows import delete_dangling_recovery_codes
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from boxes.admin.logged import LoggedAdmin, ReadOnlyAdmin
from boxes.admin.user import _reaches

# Of these there is nothing to see: addresses stand with users, providers in the settings.
for model in (EmailAddress, SocialApp, SocialToken, Authenticator, SocialAccount):
    if admin.site.is_registered(model):
        admin.site.unregister(model)

KINDS = {
    Authenticator.Type.TOTP: _("App with codes"),
    Authenticator.Type.WEBAUTHN: _("Passkey or security key"),
    Authenticator.Type.RECOVERY_CODES: _("Recovery codes"),
}


# The library names it in English only; no migration knows these names.
Authenticator._meta.verbose_name = _("second factor")
Authenticator._meta.verbose_name_plural = _("second factors")


class TakenAwayAdmin(LoggedAdmin, ReadOnlyAdmin):
    """Nobody adds or changes one by hand; whoever may change the person may take it away."""

    part = "people"
    granted = ("view", "delete")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = admin.ModelAdmin.has_delete_permission(self, request, obj)
        return allowed and (obj is None or _reaches(request, obj.user))


@admin.register(Authenticator)
class AuthenticatorAdmin(TakenAwayAdmin):
    list_display = ("user", "kind", "created_at", "last_used_at")
    list_filter = ("type",)
    list_select_related = ("user",)
    search_fields = ("user__username",)
    fields = ("user", "kind", "created_at", "last_used_at")
    ordering = ("user__username", "pk")

    @admin.display(description=_("second factor"), ordering="type")
    def kind(self, obj: Authenticator) -> str:
        return str(KINDS[obj.type])

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        super().delete_model(request, obj)
        delete_dangling_recovery_codes(obj.user)


@admin.register(SocialAccount)
class SocialAccountAdmin(TakenAwayAdmin):
    """Taken away, the next sign-in there ties the name to whoever has it then."""

    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_select_related = ("user",)
    search_fields = ("user__username", "uid")
    fields = list_display
    ordering = ("user__username", "pk")
