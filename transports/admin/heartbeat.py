from django.contrib import admin
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.logged import ReadOnlyAdmin
from boxes.admin.shown import shown
from transports.health.state import duration, worker_is_alive
from transports.models import Heartbeat


@admin.register(Heartbeat)
class HeartbeatAdmin(ReadOnlyAdmin):
    list_display = ("who", "last_sign", "condition")
    fields = ("who", "last_sign", "condition")
    sortable_by = ()
    ordering = ("name",)

    who = shown("name", gettext_lazy("name"))
    last_sign = shown("at", gettext_lazy("last sign"))

    @admin.display(description=gettext_lazy("state"))
    def condition(self, obj: Heartbeat) -> str:
        age = Heartbeat.age(obj.name)
        if worker_is_alive(age):
            return _("✓ alive, last sign %s ago") % duration(age or 0)
        return _("✗ no sign of life for %s") % duration(age or 0)
