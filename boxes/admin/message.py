from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.defaultfilters import filesizeformat, truncatechars
from django.urls import path
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from boxes import refusals
from boxes.admin.log import is_auditor
from boxes.admin.logged import DisclosingAdmin, record
from boxes.admin.paging import BoundedPaginator, newest
from boxes.admin.shown import NOTHING, TellingAdmin, brief, shown
from boxes.caller_address import caller_address
from boxes.models import Box, Message
from boxes.tokens import mint_page
from boxes.told import mark_of, road_title
from boxes.xuid import is_xuid

# So many deliveries, properties and log entries stand on a message's page.
SHOWN = 50
# So many letters of a name stand in the list.
SHORT = 30


@admin.register(Message)
class MessageAdmin(TellingAdmin, DisclosingAdmin):
    """Envelopes of all boxes, for whoever looks for a message; what is in them stays closed."""

    part = "traffic"
    change_form_template = "admin/boxes/message/change_form.html"
    list_display = ("moment", "box", "status", "sender_in_short", "recipients", "subject_in_short")
    list_display_links = ("moment", "subject_in_short")
    list_filter = ("direction", "status")
    list_select_related = ("box",)
    list_per_page = 50
    sortable_by = ()
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    search_fields = ("xuid",)  # shows the search box; get_search_results says what it finds
    search_help_text = _(
        "A message's xuid, a box name, or how the sender's address begins "
        "(among the newest 100,000 messages)."
    )
    fieldsets = (
        (None, {"fields": ("xuid", "box", "direction", "status")}),
        (
            _("Envelope"),
            {
                "fields": (
                    "sender",
                    "all_recipients",
                    "copies",
                    "subject",
                    "dated",
                    "content_type",
                    "size_in_words",
                    "sender_id",
                    "answers",
                    "carried_headers",
                )
            },
        ),
        (_("What happened"), {"fields": ("created_at", "sent_at", "read_at", "archived_at")}),
        (_("Where it came from"), {"fields": ("road", "id_there", "through", "conversation")}),
    )

    dated = shown("dated_at", _("dated"))
    sender_id = shown("envelope_id", _("identifier of the sender"))
    answers = shown("in_reply_to", _("in reply to"))
    road = shown("source", _("source"))
    id_there = shown("remote_id", _("identifier there"))
    conversation = shown("thread", _("thread"))

    def xuid_of(self, obj: Message) -> str:
        return obj.xuid

    # -- finding --

    def get_queryset(self, request: HttpRequest) -> QuerySet[Message]:
        return super().get_queryset(request).defer("search_text", "idempotency_hash")

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """Newest first, in the order that the index at hand already has."""
        by_box = "status__exact" not in request.GET and _box_named(request.GET.get("q", ""))
        return ("-created_at", "-id") if by_box else ("-id",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        if box := _box_named(term):
            return queryset.filter(box=box), False
        if is_xuid(term):
            return queryset.filter(xuid=term), False
        return newest(queryset).filter(from_address__istartswith=term), False

    # -- showing --

    @admin.display(description=_("created at"))
    def moment(self, obj: Message) -> str:
        return brief(obj.created_at)

    @admin.display(description=_("from"))
    def sender(self, obj: Message) -> str:
        return _named(obj.from_name, obj.from_address)

    @admin.display(description=_("from"))
    def sender_in_short(self, obj: Message) -> str:
        return truncatechars(obj.from_name or obj.from_address, SHORT)

    @admin.display(description=_("subject"))
    def subject_in_short(self, obj: Message) -> str:
        return truncatechars(obj.subject, 2 * SHORT) or NOTHING

    @admin.display(description=_("to"))
    def recipients(self, obj: Message) -> str:
        first = "".join(item.get("displayName") or item.get("address", "") for item in obj.to[:1])
        more = f" + {len(obj.to) - 1}" if len(obj.to) > 1 else ""
        return truncatechars(first, SHORT) + more

    @admin.display(description=_("to"))
    def all_recipients(self, obj: Message) -> SafeString:
        return _lines(_named_in(item) for item in obj.to)

    @admin.display(description=_("copy to"))
    def copies(self, obj: Message) -> SafeString:
        return _lines(_named_in(item) for item in obj.cc)

    @admin.display(description=_("headers"))
    def carried_headers(self, obj: Message) -> SafeString:
        return _lines(f"{name}: {value}" for name, value in obj.headers.items())

    @admin.display(description=_("size"))
    def size_in_words(self, obj: Message) -> str:
        return filesizeformat(obj.size)

    def told_on_page(self, request: HttpRequest, obj: Message) -> dict[str, Any]:
        """What hangs on a message; of a long list its beginning."""
        deliveries, more_deliveries = _beginning(obj.deliveries.order_by("n"))
        properties, more_properties = _beginning(obj.properties.order_by("name"))
        attachments, more_attachments = _beginning(obj.attachments.defer("content"))
        return {
            "may_open": obj.box.allows(request.user, "read"),
            "deliveries": [
                (delivery, mark_of(delivery), road_title(delivery.transport))
                for delivery in deliveries
            ],
            "more_deliveries": more_deliveries,
            "properties": properties,
            "more_properties": more_properties,
            "attachments": attachments,
            "more_attachments": more_attachments,
            "is_auditor": is_auditor(request),
        }

    # -- opening --

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_GET(self.open_view))
        return [path("<int:pk>/open/", view, name="boxes_message_open"), *super().get_urls()]

    def open_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """To the viewer, with a fresh token; only with a right to read of one's own.

        A superuser holds every permission of the admin, but no right to read by that.
        """
        message = get_object_or_404(Message.objects.select_related("box"), pk=pk)
        if not (self.has_view_permission(request) and message.box.allows(request.user, "read")):
            refusals.record(
                "right_missing",
                caller=request.user,
                address=caller_address(request),
                box_name=message.box.name,
                xuid=message.xuid,
                detail="admin open",
            )
            raise PermissionDenied
        record(request, "open", about=message)
        token = mint_page(message, request.user.subject)  # type: ignore[union-attr]
        address = f"{settings.VIEWER_BASE_URL}/{message.box.name}/messages/{message.xuid}"
        return HttpResponseRedirect(f"{address}?{urlencode({'jwt': token})}")


def _beginning(rows: QuerySet) -> tuple[list[Any], bool]:
    """The first rows, and whether there are more."""
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN


def _box_named(term: str) -> Box | None:
    return Box.objects.filter(name=term.strip()).first() if term.strip() else None


def _named(name: str, address: str) -> str:
    return f"{name} <{address}>" if name and name != address else address


def _named_in(item: dict[str, str]) -> str:
    return _named(item.get("displayName", ""), item.get("address", ""))


def _lines(texts: Any) -> SafeString:
    return format_html_join("", "{}<br>", ((text,) for text in texts)) or SafeString(NOTHING)
