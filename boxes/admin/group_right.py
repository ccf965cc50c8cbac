from django.contrib import admin

from boxes.admin.access import RIGHTS
from boxes.admin.logged import LoggedAdmin
from boxes.models import GroupRight


@admin.register(GroupRight)
class GroupRightAdmin(LoggedAdmin):
    """Which boxes the groups of an organization's provider open; counts from the next sign-in."""

    list_display = ("group", "provider", "box", *RIGHTS)
    list_filter = ("provider", *RIGHTS)
    list_select_related = ("box",)
    search_fields = ("group", "box__name")
    autocomplete_fields = ("box",)
    ordering = ("group", "box__name")
