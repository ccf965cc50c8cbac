"""The admin's front: its names, and the one change that Django leaves unlogged."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from boxes.caller_address import caller_address
from boxes.models import LogEntry


class Site(AdminSite):
    """Django's own look. Rows are deleted one by one, each with its own question."""

    site_header = "MessageBox"
    site_title = "MessageBox"
    index_title = _("Administration")
    enable_nav_sidebar = False  # the lists need its room

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def password_change(  # type: ignore[override]  # a redirect when it succeeds
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            LogEntry.objects.record(
                "admin change",
                caller=request.user,
                address=caller_address(request),
                detail="own password",
            )
        return response
