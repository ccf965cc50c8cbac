from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import truncatechars
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from boxes.admin.logged import LoggedAdmin, record
from boxes.admin.shown import NOTHING, TellingAdmin, in_page, shown
from boxes.encryption import Undecryptable
from boxes.errors import WrongStatus
from boxes.models import Change
from boxes.sentence import told
from transports.models import Webhook
from transports.webhooks.model import COUNTED
from transports.webhooks.posting import NotTaken
from transports.webhooks.telling import start_telling, try_out


@admin.register(Webhook)
class WebhookAdmin(TellingAdmin, LoggedAdmin):
    """How the webhooks of all boxes are doing. Software makes its own by the API, which shows
    it the secret; here they are tried, turned off and on, and removed."""

    part = "roads"
    granted = ("view", "change", "delete")
    change_form_template = "admin/transports/webhook/change_form.html"
    list_display = ("whose", "leads_to", "state", "last_success", "next_try", "error_in_short")
    list_display_links = ("whose", "leads_to")
    list_filter = ("active",)
    list_select_related = ("box",)
    list_per_page = 50
    sortable_by = ()
    search_fields = ("box__name", "url")
    ordering = ("box__name", "pk")
    fields = (
        "whose",
        "url",
        "state",
        "waiting_count",
        "last_success",
        "attempts",
        "next_try",
        "error_in_full",
        "made",
    )
    readonly_fields = fields

    whose = shown("box", gettext_lazy("box"))
    made = shown("created_at", gettext_lazy("created at"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Webhook]:
        return Webhook.objects.with_news().select_related("box").order_by(*self.ordering)

    # -- showing --

    @admin.display(description=gettext_lazy("address"))
    def leads_to(self, obj: Webhook) -> str:
        return obj.host

    @admin.display(description=gettext_lazy("state"))
    def state(self, obj: Any) -> str:
        if not obj.active:
            return _("✗ turned off, for it failed") if obj.error else _("– turned off")
        if obj.attempts:
            return _("✗ fails, is tried again")
        return _("… has something to take") if obj.behind else _("✓ has everything")

    @admin.display(description=gettext_lazy("last success"))
    def last_success(self, obj: Webhook) -> str:
        return in_page(obj.succeeded_at)

    @admin.display(description=gettext_lazy("next attempt"))
    def next_try(self, obj: Webhook) -> Any:
        return in_page(obj.next_attempt_at)

    @admin.display(description=gettext_lazy("waiting"))
    def waiting_count(self, obj: Webhook) -> str:
        count = obj.waiting
        return _("%d or more") % COUNTED if count >= COUNTED else str(count)

    @admin.display(description=gettext_lazy("what went wrong"))
    def error_in_short(self, obj: Webhook) -> str:
        return truncatechars(obj.trouble, 80) or NOTHING

    @admin.display(description=gettext_lazy("what went wrong"))
    def error_in_full(self, obj: Webhook) -> str:
        return obj.trouble or NOTHING

    # -- moving --

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.move_view))
        return [path("<int:pk>/move/", view, name="transports_webhook_move"), *super().get_urls()]

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        webhook = get_object_or_404(Webhook.objects.select_related("box"), pk=pk)
        if not self.has_change_permission(request, webhook):
            raise PermissionDenied
        move = request.POST.get("move", "")
        if move not in MOVES:
            raise Http404
        try:
            sentence = MOVES[move](self, request, webhook)
        except (NotTaken, Undecryptable, WrongStatus) as error:
            messages.error(request, told(str(error)))
        else:
            messages.success(request, sentence)
        record(request, move, about=webhook, detail=f"webhook {webhook}")
        start_telling()
        return HttpResponseRedirect(reverse("admin:transports_webhook_change", args=(pk,)))

    def try_it(self, request: HttpRequest, webhook: Webhook) -> str:
        return _("%(host)s took the test event and answered %(status)d.") % {
            "host": webhook.host,
            "status": try_out(webhook),
        }

    def turn_on(self, request: HttpRequest, webhook: Webhook) -> str:
        with transaction.atomic():
            webhook.turn_on()
            self.add_to_history(request, webhook, _("Turned on."))
        return _("It is on, and goes on from where it stopped.")

    def turn_on_from_now(self, request: HttpRequest, webhook: Webhook) -> str:
        with transaction.atomic():
            webhook.turn_on(Change.objects.present(webhook.box))
            self.add_to_history(request, webhook, _("Turned on from now."))
        return _("It is on, and is told what happens from now on.")

    def turn_off(self, request: HttpRequest, webhook: Webhook) -> str:
        with transaction.atomic():
            webhook.turn_off()
            self.add_to_history(request, webhook, _("Turned off."))
        return _("It is off, and keeps its place.")

    def told_on_page(self, request: HttpRequest, obj: Webhook) -> dict[str, Any]:
        allowed = self.has_change_permission(request, obj)
        return {
            "show_save": False,
            "show_save_and_continue": False,
            "moves": moves_of(obj) if allowed else [],
        }


MOVES = {
    "test": WebhookAdmin.try_it,
    "on": WebhookAdmin.turn_on,
    "on-from-now": WebhookAdmin.turn_on_from_now,
    "off": WebhookAdmin.turn_off,
}


def moves_of(webhook: Webhook) -> list[dict[str, str]]:
    """The buttons of the page, and what they mean."""
    words = [
        ("test", _("Post a test event"), _("Tells the receiver nothing, and shows its answer."))
    ]
    if not webhook.active or webhook.attempts:
        label = _("Try now") if webhook.active else _("Turn on")
        words.append(("on", label, _("Tries at once, from where it stopped.")))
    if not webhook.active:
        words.append(
            ("on-from-now", _("Turn on from now"), _("What happened meanwhile is not told."))
        )
    else:
        words.append(("off", _("Turn off"), _("Nothing is posted; it keeps its place.")))
    return [{"name": name, "label": label, "meaning": meaning} for name, label, meaning in words]
