from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from boxes.admin.logged import ReadOnlyAdmin, record
from boxes.admin.paging import BoundedPaginator
from boxes.admin.shown import brief
from boxes.models import ApiKey, Box, LogEntry, User
from boxes.xuid import is_xuid


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """The log, to look through; who looks stands in it too."""

    list_display = ("moment", "who", "action", "box_name", "xuid", "outcome", "address", "detail")
    list_per_page = 100
    sortable_by = ()
    ordering = ("-id",)
    show_full_result_count = False
    paginator = BoundedPaginator
    search_fields = ("xuid",)  # shows the search box; get_search_results says what it finds
    search_help_text = _(
        "A message's xuid, a box name, a user name, a key, or who as the log writes it "
        "(user:3, key:…, system). Several words: all of them."
    )
    fields = (
        "at",
        "who",
        "on_behalf",
        "action",
        "outcome",
        "box_name",
        "xuid",
        "xuids",
        "patient",
        "address",
        "detail",
        "request_id",
    )

    @admin.display(description=_("at"))
    def moment(self, obj: LogEntry) -> str:
        return brief(obj.at)

    @admin.display(description=_("who"))
    def who(self, obj: LogEntry) -> str:
        return f"{obj.subject_name} ({obj.subject})" if obj.subject_name else obj.subject

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        record(request, "list", detail="log")
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        for term in search_term.split():
            queryset = queryset.filter(_about(term))
        return queryset, False


def _about(term: str) -> Q:
    """The entries that name this message, box, user or key: whole words only, no LIKE."""
    about = Q(subject__in=subjects) if (subjects := _subjects_named(term)) else Q()
    if Box.objects.filter(name=term).exists():
        about |= Q(box_name=term)
    if about:
        return about
    if is_xuid(term):
        return Q(xuid=term)
    return Q(subject=term) | Q(box_name=term)


def _subjects_named(term: str) -> list[str]:
    users = [user.subject for user in User.objects.filter(username=term)]
    return users + [key.subject for key in ApiKey.objects.filter(key_id=term)]
