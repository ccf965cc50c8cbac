from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from boxes.admin.access import AccessLogged, KeyAccessInline
from boxes.admin.fields import LinesField, Moment
from boxes.admin.kept import KeptAdmin, stands_in_log
from boxes.admin.logged import LoggedAdmin, record
from boxes.models import ApiKey

SOON = timedelta(days=30)


class ApiKeyForm(forms.ModelForm):
    class Meta:
        help_texts = {"expires_at": gettext_lazy("Without a time: at the end of that day.")}
        widgets = {"expires_at": Moment(ApiKey._meta.get_field("expires_at").verbose_name)}

    networks = LinesField(
        label=capfirst(gettext_lazy("allowed networks")),
        required=False,
        help_text=gettext_lazy("One a line, such as 192.0.2.0/24. Empty: from anywhere."),
    )


class UsableFilter(admin.SimpleListFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return (
            ("usable", _("in use")),
            ("expiring", _("expired or within 30 days")),
            ("expired", _("expired")),
            ("withdrawn", _("withdrawn")),
        )

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        expired = Q(expires_at__lte=now())
        match self.value():
            case "usable":
                return queryset.filter(~expired | Q(expires_at=None), revoked_at=None)
            case "expiring":
                return queryset.filter(expires_at__lte=now() + SOON, revoked_at=None)
            case "expired":
                return queryset.filter(expired, revoked_at=None)
            case "withdrawn":
                return queryset.exclude(revoked_at=None)
        return queryset


@admin.register(ApiKey)
class ApiKeyAdmin(AccessLogged, LoggedAdmin, KeptAdmin):
    """The secret is drawn when the key is made and shown on the answer to that one request."""

    part = "roads"
    form = ApiKeyForm
    change_form_template = "admin/boxes/apikey/change_form.html"
    list_display = ("label", "organization", "key_id", "state", "expires_at", "last_used_at")
    list_filter = (UsableFilter,)
    list_select_related = ("organization",)
    search_fields = ("label", "key_id", "organization__name")
    autocomplete_fields = ("organization", "sends_as")
    inlines = (KeyAccessInline,)
    actions = ("withdraw_selected",)
    fields = ("organization", "label", "networks", "expires_at", "sends_as")
    readonly_fields = ("key_id", "state", "created_at", "last_used_at", "revoked_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.fields, *self.readonly_fields) if obj else self.fields

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: ApiKey) -> str:
        if obj.revoked_at:
            return _("✗ withdrawn")
        if obj.is_expired:
            return _("⚠ expired")
        soon = obj.expires_at is not None and obj.expires_at <= now() + SOON
        return _("⚠ in use, expires soon") if soon else _("✓ in use")

    # -- making one --

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            obj.fresh_secret = obj.draw_secret()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The page with the secret: an answer of its own, so that nothing has to keep it."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Key made"),
            "key": obj,
            "secret": obj.fresh_secret,  # type: ignore[attr-defined]
            "example": _example(obj),
        }
        return TemplateResponse(request, "admin/boxes/apikey/secret.html", context)

    # -- withdrawing it --

    def get_urls(self) -> list:
        withdraw = self.admin_site.admin_view(require_POST(self.withdraw_view))
        own = path("<int:pk>/withdraw/", withdraw, name="boxes_apikey_withdraw")
        return [own, *super().get_urls()]

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        key = get_object_or_404(ApiKey, pk=pk)
        if not self.has_change_permission(request, key):
            raise PermissionDenied
        self.withdraw_selected(request, ApiKey.objects.filter(pk=pk))
        return HttpResponseRedirect(reverse("admin:boxes_apikey_change", args=(pk,)))

    @admin.action(description=gettext_lazy("Withdraw the selected keys"), permissions=["change"])
    def withdraw_selected(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        count = 0
        for key in queryset.filter(revoked_at=None):
            with transaction.atomic():
                key.revoke()
                record(request, "withdraw", about=key, detail=f"API key {key}")
                self.add_to_history(request, key, _("Withdrawn."))
            count += 1
        sentence = ngettext(
            "%d key was withdrawn; it opens nothing any more.",
            "%d keys were withdrawn; they open nothing any more.",
            count,
        )
        messages.success(request, sentence % count)

    def reason_to_keep(self, obj: ApiKey) -> str:
        if stands_in_log(obj):
            return _("This key stands in the log and is kept. Withdraw it instead.")
        return ""


def _example(key: ApiKey) -> str:
    """A first call of the API, where the key may read a box; it asks for the secret itself."""
    access = key.accesses.in_force().filter(Q(read=True) | Q(manage=True)).first()
    if access is None:
        return ""
    address = f"{settings.BASE_URL}/api/v1/{access.box.name}/messages"
    return f"curl -u {key.key_id} {address}"
