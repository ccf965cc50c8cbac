"""Whatever somebody sees or changes here is an entry in the log."""

import json
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry as DjangoLogEntry
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import override

from boxes.caller_address import caller_address
from boxes.log_details import changes_in_words
from boxes.models import Box, LogEntry, Message


def record(
    request: HttpRequest,
    verb: str,
    *,
    about: models.Model | None = None,
    xuids: Iterable[str] = (),
    patient: str = "",
    detail: str = "",
) -> None:
    """Add an entry for the person at the keyboard; ``about`` names the box or message."""
    message = about if isinstance(about, Message) else getattr(about, "message", None)
    box = about if isinstance(about, Box) else getattr(about, "box", None)
    LogEntry.objects.record(
        f"admin {verb}",
        caller=request.user,
        box=box,
        message=message,
        xuids=list(xuids) or None,
        patient=patient,
        address=caller_address(request),
        detail=detail,
    )


class NarrowAdmin(admin.ModelAdmin):
    """Its list is narrowed by its own filters alone. Django takes any column in the address: one
    that no page shows, such as the words of a message, would be told letter by letter."""

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        offered = [getattr(item, "parameter_name", item) for item in self.get_list_filter(request)]
        return lookup.partition("__")[0] in offered


class LoggedAdmin(NarrowAdmin):
    """Writes each addition, change and deletion to the log, in the same transaction.

    Django's own history is kept as well: the “History” button shows it.
    """

    def log_addition(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        record(request, "add", about=obj, detail=in_words(obj, message))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: models.Model, message: Any) -> Any:
        record(request, "change", about=obj, detail=in_words(obj, message))
        return super().log_change(request, obj, message)

    def add_to_history(self, request: HttpRequest, obj: models.Model, sentence: str) -> None:
        """For moves that have an entry of their own in the log."""
        super().log_change(request, obj, sentence)

    def history_view(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Django knows the fields by names with a capital, which no catalogue has."""
        response = super().history_view(*args, **kwargs)
        for action in getattr(response, "context_data", {}).get("action_list", ()):
            action.change_message = changes_in_words(_in_english(action.change_message))
        return response

    def log_deletions(self, request: HttpRequest, queryset: QuerySet) -> Any:
        for obj in queryset:
            record(request, "delete", about=obj, detail=in_words(obj, ""))
        return super().log_deletions(request, queryset)


def in_words(obj: models.Model, message: Any) -> str:
    """Which row, and the names of what changed; in English, as the rest of the log."""
    text = message if isinstance(message, str) else json.dumps(message)
    with override("en"):
        return f"{obj._meta.verbose_name} {obj}: {_in_english(text)}".rstrip(": ")


def _in_english(message: str) -> str:
    with override("en"):
        return DjangoLogEntry(change_message=message).get_change_message()


class ReadOnlyAdmin(NarrowAdmin):
    """Shows rows that nobody adds, changes or deletes by hand."""

    granted: tuple[str, ...] = ("view",)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class DisclosingAdmin(ReadOnlyAdmin):
    """Logs which messages a list or a page showed to whom."""

    def xuid_of(self, obj: Any) -> str:
        raise NotImplementedError

    def changelist_view(
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        response = super().changelist_view(request, extra_context)
        changelist = getattr(response, "context_data", {}).get("cl")
        if changelist is not None and changelist.result_list:
            shown = dict.fromkeys(self.xuid_of(row) for row in changelist.result_list)
            record(request, "list", xuids=shown, detail=str(self.opts.model_name))
        return response

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        record(request, "view", about=kwargs["obj"], detail=str(self.opts.model_name))
        return super().render_change_form(request, context, *args, **kwargs)
