from django.contrib import admin
from django.utils.translation import gettext_lazy

from boxes.admin.access import rights_of
from boxes.admin.logged import LoggedAdmin
from boxes.models import GroupRight
from boxes.models.box import RIGHTS


@admin.register(GroupRight)
class GroupRightAdmin(LoggedAdmin):
    """Which boxes the groups of an organization's provider open; counts from the next sign-in."""

    part = "people"
    list_display = ("group", "provider", "box", "rights")
    list_filter = ("provider", *RIGHTS)
    list_select_related = ("box",)
    search_fields = ("group", "box__name")
    autocomplete_fields = ("box",)
    ordering = ("group", "box__name")

    @admin.display(description=gettext_lazy("rights"))
    def rights(self, obj: GroupRight) -> str:
        return rights_of(obj)
