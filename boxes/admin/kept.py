"""Rows that may not be deleted say why, in a sentence."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.db import IntegrityError, models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from boxes.models import LogEntry


class KeptAdmin(admin.ModelAdmin):
    """Asks the row itself before the question “are you sure?”.

    Django would list all that stands in the way: for a box that is each of its messages.
    """

    def reason_to_keep(self, obj: Any) -> str:
        """A sentence for who wants to delete the row; empty when that is fine."""
        raise NotImplementedError

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict | None = None
    ) -> HttpResponse:
        obj = self.get_object(request, unquote(object_id))
        asked = obj is not None and self.has_delete_permission(request, obj)
        reason = self.reason_to_keep(obj) if asked else ""
        if not reason:
            try:
                return super().delete_view(request, object_id, extra_context)
            except (models.ProtectedError, IntegrityError):
                reason = _("Something new refers to this row, so it is kept.")
        messages.error(request, reason)
        change = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return HttpResponseRedirect(reverse(change, args=(object_id,)))


def stands_in_log(obj: Any) -> bool:
    """Whether the log names this user or key as who did something."""
    return LogEntry.objects.filter(subject=obj.subject).exists()
