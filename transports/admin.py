from typing import Any

import django_q.admin  # noqa: F401  registers what is hidden below
from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.logged import LoggedAdmin, ReadOnlyAdmin
from boxes.admin.shown import shown
from transports.health.state import duration, worker_is_alive
from transports.models import Account, Heartbeat
from transports.registry import transports

# The queue's own rows are pickles of arguments, and of no use to an operator: what waits is
# in the deliveries.
for model in [model for model in admin.site._registry if model._meta.app_label == "django_q"]:
    admin.site.unregister(model)


class AccountForm(forms.ModelForm):
    transport = forms.ChoiceField(label=capfirst(gettext_lazy("transport")), choices=())
    new_password = forms.CharField(
        label=capfirst(gettext_lazy("password")),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted and never shown. Empty: the old one stays."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = {road.name for road in transports() if not road.local and road.name != "absent"}
        names |= {self.instance.transport} - {""}
        choices = [(name, name) for name in sorted(names)]
        self.fields["transport"].choices = choices  # type: ignore[attr-defined]

    def save(self, commit: bool = True) -> Account:
        if self.cleaned_data["new_password"]:
            self.instance.password = self.cleaned_data["new_password"]
        return super().save(commit)


@admin.register(Account)
class AccountAdmin(LoggedAdmin):
    form = AccountForm
    list_display = ("transport", "whose", "host", "port", "security", "username", "active")
    list_filter = ("active", "transport")
    list_select_related = ("box",)
    search_fields = ("host", "username", "box__name")
    autocomplete_fields = ("box",)
    ordering = ("transport", "box__name")
    fieldsets = (
        (None, {"fields": ("transport", "box", "active")}),
        (
            gettext_lazy("Login"),
            {"fields": ("host", "port", "security", "username", "new_password", "has_password")},
        ),
    )
    readonly_fields = ("has_password",)

    @admin.display(description=gettext_lazy("box"), ordering="box__name")
    def whose(self, obj: Account) -> str:
        return obj.box.name if obj.box else _("every box")

    @admin.display(description=gettext_lazy("a password is kept"), boolean=True)
    def has_password(self, obj: Account) -> bool:
        return obj.sealed_password is not None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("box")


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("who", "last_sign", "condition")
    fields = ("who", "last_sign", "condition")
    sortable_by = ()
    ordering = ("name",)

    who = shown("name", gettext_lazy("name"))
    last_sign = shown("at", gettext_lazy("last sign"))

    @admin.display(description=gettext_lazy("state"))
    def condition(self, obj: Heartbeat) -> str:
        age = Heartbeat.age(obj.name)
        if worker_is_alive(age):
            return _("✓ alive, last sign %s ago") % duration(age or 0)
        return _("✗ no sign of life for %s") % duration(age or 0)
