from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.logged import LoggedAdmin
from transports.models import ApprovedDomain


@admin.register(ApprovedDomain)
class ApprovedDomainAdmin(LoggedAdmin):
    """Where messages may go by roads that are not made for care; who approved it stays."""

    part = "roads"
    list_display = ("domain", "whose", "reason", "approved_by", "created_at")
    list_select_related = ("box", "approved_by")
    search_fields = ("domain", "reason", "box__name")
    autocomplete_fields = ("box",)
    fields = ("domain", "box", "reason", "approved_by", "created_at")
    readonly_fields = ("approved_by", "created_at")

    @admin.display(description=gettext_lazy("box"), ordering="box__name")
    def whose(self, obj: ApprovedDomain) -> str:
        return obj.box.name if obj.box else _("every box")

    def save_model(
        self, request: HttpRequest, obj: ApprovedDomain, form: Any, change: bool
    ) -> None:
        obj.approved_by = request.user  # type: ignore[assignment]  # the admin lets nobody else in
        super().save_model(request, obj, form, change)
