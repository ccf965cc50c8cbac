from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from boxes.admin.logged import LoggedAdmin, record
from boxes.admin.shown import brief
from boxes.encryption import Undecryptable
from boxes.sentence import told
from transports.base import Refused, Transport
from transports.models import Account
from transports.registry import title_of, transport_named, transports

# What decides to whom a password is told: after a change it is asked for again.
WHERE = ("url", "host", "port", "security", "incoming_host", "incoming_port", "incoming_security")
COLLECTING = ("incoming_mode", "incoming_host", "incoming_port", "incoming_security")


def secret_field(label: Any) -> forms.CharField:
    return forms.CharField(
        label=capfirst(label),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=gettext_lazy("Kept encrypted and never shown. Empty: the old one stays."),
    )


class AccountForm(forms.ModelForm):
    new_password = secret_field(gettext_lazy("password"))
    new_secret = secret_field(gettext_lazy("second secret"))
    road: Transport | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.road is None:
            return
        self.instance.transport = self.road.name
        if self.instance.pk is None:
            for name in ("new_password", "new_secret"):
                self.fields[name].help_text = _("Kept encrypted and never shown.")
        for name in {"password", "secret"} - set(self.road.account_fields):
            del self.fields[f"new_{name}"]
        for name, label in self.road.account_labels.items():
            field = self.fields.get(name) or self.fields.get(f"new_{name}")
            if field is not None:
                field.label = capfirst(label)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        moved = set(self.changed_data) & set(WHERE)
        kept = {
            "new_password": self.instance.sealed_password,
            "new_secret": self.instance.sealed_secret,
        }
        for name, sealed in kept.items():
            if moved and sealed is not None and name in self.fields and not cleaned.get(name):
                self.add_error(
                    name,
                    _(
                        "It would go to another place than the one it was entered for: enter it "
                        "once more."
                    ),
                )
        return cleaned

    def save(self, commit: bool = True) -> Account:
        if self.cleaned_data.get("new_password"):
            self.instance.password = self.cleaned_data["new_password"]
        if self.cleaned_data.get("new_secret"):
            self.instance.secret = self.cleaned_data["new_secret"]
        return super().save(commit)


class RoadFilter(admin.SimpleListFilter):
    title = gettext_lazy("transport")
    parameter_name = "transport"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(road.name, capfirst(road.title)) for road in roads()]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(transport=self.value()) if self.value() else queryset


@admin.register(Account)
class AccountAdmin(LoggedAdmin):
    """A road is chosen first; the form then asks what that road uses, and no more."""

    part = "roads"
    form = AccountForm
    change_form_template = "admin/transports/account/change_form.html"
    list_display = (
        "road",
        "whose",
        "where",
        "username",
        "carries_mail",
        "collecting",
        "test",
        "active",
    )
    list_filter = ("active", RoadFilter, "incoming_mode")
    list_select_related = ("box",)
    search_fields = ("host", "url", "username", "box__name")
    autocomplete_fields = ("box",)
    ordering = ("transport", "box__name")

    # -- the list --

    @admin.display(description=gettext_lazy("transport"), ordering="transport")
    def road(self, obj: Account) -> str:
        return capfirst(title_of(obj.transport))

    @admin.display(description=gettext_lazy("box"), ordering="box__name")
    def whose(self, obj: Account) -> str:
        return obj.box.name if obj.box else _("every box")

    @admin.display(description=gettext_lazy("where"))
    def where(self, obj: Account) -> str:
        return obj.url or (f"{obj.host}:{obj.port}" if obj.host else _("its public address"))

    @admin.display(description=gettext_lazy("collecting"))
    def collecting(self, obj: Account) -> str:
        if obj.incoming_mode == Account.Mode.OFF:
            return "–"
        if obj.collect_error:
            return _("✗ %s") % obj.collect_trouble
        when = brief(obj.collected_at) if obj.collected_at else _("not yet")
        mode = _("copies") if obj.incoming_mode == Account.Mode.SHADOW else _("takes over")
        return f"✓ {when} ({mode})" if obj.collected_at else f"{when} ({mode})"

    @admin.display(description=gettext_lazy("last test"))
    def test(self, obj: Account) -> str:
        if obj.tested_at is None:
            return _("not tested")
        return f"✗ {obj.test_trouble}" if obj.test_error else f"✓ {brief(obj.tested_at)}"

    # -- the form --

    def road_of(self, request: HttpRequest, obj: Account | None) -> Transport | None:
        name = obj.transport if obj else request.GET.get("transport", "")
        return next((road for road in roads() if road.name == name), None)

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> Any:
        road = self.road_of(request, obj)
        asked = road.account_fields if road else ("host", "username", "password")
        login = [name for name in LOGIN if name.removeprefix("new_") in asked]
        login += [f"has_{name}" for name in ("password", "secret") if obj and name in asked]
        sets: list[Any] = [
            (None, {"fields": ["road_name", "box", "active"]}),
            (gettext_lazy("Login"), {"fields": login}),
        ]
        if incoming := [name for name in COLLECTING if name in asked]:
            shown = [*incoming, "collected_at", "collect_trouble"] if obj else incoming
            sets.append((gettext_lazy("Collecting"), {"fields": shown}))
        if obj:
            sets.append((gettext_lazy("Test"), {"fields": ["tested_at", "test_trouble"]}))
        return sets

    readonly_fields = (
        "road_name",
        "has_password",
        "has_secret",
        "collected_at",
        "collect_trouble",
        "tested_at",
        "test_trouble",
    )

    @admin.display(description=gettext_lazy("transport"))
    def road_name(self, obj: Account) -> str:
        return capfirst(title_of(obj.transport)) if obj.transport else "–"

    @admin.display(description=gettext_lazy("what went wrong at collecting"))
    def collect_trouble(self, obj: Account) -> str:
        return obj.collect_trouble or "–"

    @admin.display(description=gettext_lazy("what the test found wrong"))
    def test_trouble(self, obj: Account) -> str:
        return obj.test_trouble or "–"

    @admin.display(description=gettext_lazy("a password is kept"), boolean=True)
    def has_password(self, obj: Account) -> bool:
        return obj.sealed_password is not None

    @admin.display(description=gettext_lazy("a second secret is kept"), boolean=True)
    def has_secret(self, obj: Account) -> bool:
        return obj.sealed_secret is not None

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any):
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"road": self.road_of(request, obj)})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None):
        if self.road_of(request, None) is not None:
            return super().add_view(request, form_url, extra_context)
        if not self.has_add_permission(request):
            raise PermissionDenied
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Which system is the account for?"),
            "roads": roads(),
        }
        return TemplateResponse(request, "admin/transports/account/roads.html", context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).select_related("box")

    # -- the test of the connection --

    def get_urls(self) -> list:
        test = self.admin_site.admin_view(require_POST(self.test_view))
        own = path("<int:pk>/test/", test, name="transports_account_test")
        return [own, *super().get_urls()]

    def test_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        account = get_object_or_404(Account.objects.select_related("box"), pk=pk)
        if not self.has_change_permission(request, account):
            raise PermissionDenied
        try:
            seen = transport_named(account.transport).try_account(account)
        except (Refused, Undecryptable) as error:
            account.tested(str(error))
            messages.error(request, told(str(error)))
        else:
            account.tested("")
            messages.success(request, told(seen))
        record(request, "test", about=account, detail=f"account {account}")
        return HttpResponseRedirect(reverse("admin:transports_account_change", args=(pk,)))


LOGIN = (
    "url",
    "host",
    "port",
    "security",
    "username",
    "new_password",
    "account_id",
    "new_secret",
    "carries_mail",
)


def roads() -> list[Transport]:
    """The systems that one can have an account at."""
    return [road for road in transports() if road.account_fields]
