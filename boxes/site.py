"""The admin's front: its names, and the one change that Django leaves unlogged."""

from django.conf import settings
from django.contrib.admin import AdminSite
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from boxes.caller_address import caller_address
from boxes.models import LogEntry

# What the first screen lists, by what one comes for; each list names its part.
PARTS = {
    "traffic": _("Messages"),
    "people": _("People and boxes"),
    "roads": _("Software and other systems"),
    "set-up": _("Set-up"),
}


class Site(AdminSite):
    """Django's own look. Rows are deleted one by one, each with its own question."""

    site_header = "MessageBox"
    site_title = "MessageBox"
    index_title = _("Administration")
    empty_value_display = "–"
    enable_nav_sidebar = False  # the lists need its room

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.disable_action("delete_selected")

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list:
        """By what one comes for, not by which package keeps the rows."""
        lists: dict[str, list] = {part: [] for part in PARTS}
        for app in self._build_app_dict(request, app_label).values():
            for model in app["models"]:
                lists[getattr(self._registry[model["model"]], "part", "set-up")].append(model)
        return [
            {"name": PARTS[part], "models": sorted(models, key=lambda model: model["name"].lower())}
            for part, models in lists.items()
            if models
        ]

    def app_index(  # type: ignore[override]  # a redirect
        self, request: HttpRequest, app_label: str, extra_context: dict | None = None
    ) -> HttpResponse:
        return redirect("admin:index")

    def login(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """There is one way in, and it asks for the second factor too."""
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            return render(request, "account/not_staff.html", status=403)
        wanted = request.GET.get("next") or reverse("admin:index")
        return redirect_to_login(wanted, reverse("account_login"))

    def password_change(  # type: ignore[override]  # a redirect when it succeeds
        self, request: HttpRequest, extra_context: dict | None = None
    ) -> HttpResponse:
        if not settings.LOCAL_PASSWORDS:
            raise Http404
        response = super().password_change(request, extra_context)
        if request.method == "POST" and response.status_code == 302:
            LogEntry.objects.record(
                "admin change",
                caller=request.user,
                address=caller_address(request),
                detail="own password",
            )
        return response
