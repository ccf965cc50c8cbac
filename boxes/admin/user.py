from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.access import UserAccessInline
from boxes.admin.kept import KeptAdmin, stands_in_log
from boxes.admin.logged import LoggedAdmin
from boxes.models import User

# Only a superuser gives these away; else a member of staff could become one.
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")

admin.site.unregister(Group)


@admin.register(User)
class UserAdmin(LoggedAdmin, KeptAdmin, DjangoUserAdmin):
    list_display = ("username", "full_name", "organization", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser")
    list_select_related = ("organization",)
    search_fields = ("username", "first_name", "last_name", "email", "organization__name")
    autocomplete_fields = ("organization",)
    inlines = (UserAccessInline,)
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (
            gettext_lazy("Personal info"),
            {"fields": ("first_name", "last_name", "email", "organization")},
        ),
        (gettext_lazy("Permissions"), {"fields": ("is_active", *POWERS)}),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {"fields": ("username", "organization", "usable_password", "password1", "password2")},
        ),
    )

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name()

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fixed if request.user.is_superuser else (*fixed, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _reaches(request, obj)

    def reason_to_keep(self, obj: User) -> str:
        if stands_in_log(obj):
            return _("This user stands in the log and is kept. Make the user inactive instead.")
        return ""


@admin.register(Group)
class GroupAdmin(LoggedAdmin, DjangoGroupAdmin):
    """Django's groups, with their changes in our log; they give powers, so superusers' work."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and request.user.is_superuser


def _reaches(request: HttpRequest, obj: User | None) -> bool:
    """Nobody changes somebody who may do more: whoever sets a password can sign in with it."""
    user = request.user
    if obj is None or user.is_superuser:
        return True
    if obj.is_superuser or not obj.get_all_permissions() <= user.get_all_permissions():
        return False
    return user.has_perm("boxes.add_access") or not obj.accesses.exists()
