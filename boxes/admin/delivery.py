from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import truncatechars
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.module_loading import import_string
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from boxes.admin.log import is_auditor
from boxes.admin.logged import DisclosingAdmin, LoggedAdmin, record
from boxes.admin.paging import BoundedPaginator, newest
from boxes.admin.shown import NOTHING, TellingAdmin, brief, in_page, shown
from boxes.errors import WrongStatus
from boxes.models import Delivery
from boxes.told import mark_of, road_title, told
from boxes.xuid import is_xuid

# What a person may do with a delivery: the move, and the statuses it starts from.
MOVES: dict[str, tuple[Callable[[Delivery], None], tuple[str, ...]]] = {
    "retry": (Delivery.retry_now, ("queued", "failed", "undelivered")),
    "send-again": (Delivery.send_again, (Delivery.Status.UNCERTAIN,)),
    "arrived": (Delivery.confirm, (Delivery.Status.UNCERTAIN,)),
}


class TransportFilter(admin.SimpleListFilter):
    title = gettext_lazy("transport")
    parameter_name = "transport"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = [import_string(path).name for path in settings.TRANSPORTS]
        return [(name, capfirst(road_title(name))) for name in (*names, "none")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(transport=self.value()) if self.value() else queryset


@admin.register(Delivery)
class DeliveryAdmin(TellingAdmin, DisclosingAdmin, LoggedAdmin):
    part = "traffic"
    granted = ("view", "change")
    change_form_template = "admin/boxes/delivery/change_form.html"
    list_display = (
        "moment",
        "status_mark",
        "address_in_short",
        "box",
        "road",
        "attempts",
        "error_in_short",
    )
    list_display_links = ("moment", "address_in_short")
    list_filter = ("status", TransportFilter)
    list_select_related = ("message__box",)
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    search_fields = ("address",)  # shows the search box; get_search_results says what it finds
    search_help_text = gettext_lazy(
        "A message's xuid, or how the recipient's address begins "
        "(among the newest 100,000 deliveries)."
    )
    actions = ("retry_selected", "send_selected_again", "confirm_selected")
    fields = (
        "message_link",
        "box",
        "address",
        "recipient",
        "road",
        "status_mark",
        "attempts",
        "due",
        "handed_over",
        "id_there",
        "trouble",
    )

    trouble = shown("trouble", gettext_lazy("what went wrong"))
    recipient = shown("display_name", gettext_lazy("name"))
    handed_over = shown("handed_over_at", gettext_lazy("handed over at"))
    id_there = shown("remote_id", gettext_lazy("identifier there"))

    def xuid_of(self, obj: Delivery) -> str:
        return obj.message.xuid

    def has_act_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("boxes.change_delivery")

    # -- finding --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Delivery]:
        heavy = ("search_text", "headers", "to", "cc")
        rows = super().get_queryset(request).select_related("message__box")
        return rows.defer(*(f"message__{name}" for name in heavy))

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, in the order that the index at hand already has."""
        return ("-created_at", "-id") if "status__exact" in request.GET else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if is_xuid(term):
            return queryset.filter(message__xuid=term), False
        return newest(queryset).filter(address__istartswith=term), False

    # -- showing --

    @admin.display(description=gettext_lazy("created at"))
    def moment(self, obj: Delivery) -> str:
        return brief(obj.created_at)

    @admin.display(description=gettext_lazy("address"))
    def address_in_short(self, obj: Delivery) -> str:
        return truncatechars(obj.address, 40)

    @admin.display(description=gettext_lazy("what went wrong"))
    def error_in_short(self, obj: Delivery) -> str:
        return truncatechars(obj.trouble, 80) or NOTHING

    @admin.display(description=gettext_lazy("box"))
    def box(self, obj: Delivery) -> str:
        return obj.message.box.name

    @admin.display(description=gettext_lazy("transport"))
    def road(self, obj: Delivery) -> str:
        return capfirst(road_title(obj.transport))

    @admin.display(description=gettext_lazy("status"))
    def status_mark(self, obj: Delivery) -> SafeString:
        return mark_of(obj)

    @admin.display(description=gettext_lazy("next attempt"))
    def due(self, obj: Delivery) -> Any:
        return in_page(obj.next_attempt_at)

    @admin.display(description=gettext_lazy("message"))
    def message_link(self, obj: Delivery) -> SafeString:
        address = reverse("admin:boxes_message_change", args=(obj.message_id,))
        return format_html('<a href="{}">{}</a>', address, obj.message.xuid)

    def told_on_page(self, request: HttpRequest, obj: Delivery) -> dict[str, Any]:
        return {
            "moves": _moves_of(obj) if self.has_act_permission(request) else [],
            "history": told(obj),
            "is_auditor": is_auditor(request),
            "subtitle": _("To %s") % obj.address,
        }

    # -- moving --

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.move_view))
        return [path("<int:pk>/move/", view, name="boxes_delivery_move"), *super().get_urls()]

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_act_permission(request):
            raise PermissionDenied
        if request.POST.get("move") not in MOVES:
            raise Http404
        delivery = get_object_or_404(Delivery.objects.select_related("message__box"), pk=pk)
        self._move([delivery], request.POST["move"], request)
        return HttpResponseRedirect(reverse("admin:boxes_delivery_change", args=(pk,)))

    @admin.action(description=gettext_lazy("Retry the selected deliveries"), permissions=["act"])
    def retry_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._move(queryset, "retry", request)

    @admin.action(
        description=gettext_lazy("Send again what did not arrive (uncertain)"), permissions=["act"]
    )
    def send_selected_again(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._move(queryset, "send-again", request)

    @admin.action(
        description=gettext_lazy("Mark as arrived what arrived (uncertain)"), permissions=["act"]
    )
    def confirm_selected(self, request: HttpRequest, queryset: QuerySet) -> None:
        self._move(queryset, "arrived", request)

    def _move(self, deliveries: Any, name: str, request: HttpRequest) -> None:
        """Each by itself: one that has moved meanwhile does not hold up the others."""
        move, _statuses = MOVES[name]
        moved, refused = 0, []
        for delivery in deliveries:
            try:
                with transaction.atomic():
                    move(delivery)
                    record(request, name, about=delivery, detail=f"delivery {delivery}")
                    self.add_to_history(request, delivery, str(_SENTENCES[name](1)) % 1)
                moved += 1
            except WrongStatus as error:
                delivery.refresh_from_db(fields=["status"])
                refused.append((delivery, str(error)))
        if moved:
            messages.success(request, _SENTENCES[name](moved) % moved)
        for delivery, sentence in refused[:10]:
            messages.error(request, _refusal(delivery, sentence))
        if len(refused) > 10:
            messages.error(request, _("%d more were refused.") % (len(refused) - 10))


_SENTENCES: dict[str, Callable[[int], str]] = {
    "retry": lambda count: ngettext(
        "%d delivery is tried again now.", "%d deliveries are tried again now.", count
    ),
    "send-again": lambda count: ngettext(
        "%d delivery is sent once more.", "%d deliveries are sent once more.", count
    ),
    "arrived": lambda count: ngettext(
        "%d delivery is marked as arrived.", "%d deliveries are marked as arrived.", count
    ),
}


def _refusal(delivery: Delivery, sentence: str) -> str:
    return _("To %(address)s: %(sentence)s It is %(status)s now.") % {
        "address": delivery.address,
        "sentence": sentence,
        "status": delivery.get_status_display(),
    }


def _moves_of(delivery: Delivery) -> list[dict[str, str]]:
    """The buttons of the page: what may be done in the status at hand, and what it means."""
    words = {
        "retry": (_("Retry now"), _("Tries at once, without waiting for the next attempt.")),
        "send-again": (
            _("Send again"),
            _("Only when it did not arrive: else the receiver has it twice."),
        ),
        "arrived": (_("It arrived"), _("The receiver has it; nothing is sent any more.")),
    }
    return [
        {"name": name, "label": label, "meaning": meaning}
        for name, (label, meaning) in words.items()
        if delivery.status in MOVES[name][1]
    ]
