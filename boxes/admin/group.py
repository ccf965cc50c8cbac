from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from boxes.admin.logged import LoggedAdmin
from boxes.admin.permission import PermissionsField, in_words

admin.site.unregister(Group)


class GroupForm(forms.ModelForm):
    permissions = PermissionsField(label=gettext_lazy("What its members may do here"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "permissions" in self.fields:
            held = (
                self.instance.permissions.all() if self.instance.pk else Permission.objects.none()
            )
            self.fields["permissions"].offer(held)  # type: ignore[attr-defined]


@admin.register(Group)
class GroupAdmin(LoggedAdmin, DjangoGroupAdmin):
    """Django's groups, with their changes in our log; they give powers, so superusers' work."""

    form = GroupForm
    filter_horizontal = ()
    part = "people"
    granted = ("view",)

    @admin.display(description=gettext_lazy("What its members may do here"))
    def allowed(self, obj: Group) -> str:
        return in_words(obj.permissions.all())

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("name", "permissions" if request.user.is_superuser else "allowed")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if request.user.is_superuser else ("name", "allowed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and request.user.is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and request.user.is_superuser
