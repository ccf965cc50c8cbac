from django.contrib import admin
from django.utils.translation import gettext as _

from boxes.admin.kept import KeptAdmin
from boxes.admin.logged import LoggedAdmin
from boxes.models import ApiKey, Organization, User


@admin.register(Organization)
class OrganizationAdmin(LoggedAdmin, KeptAdmin):
    part = "people"
    list_display = ("name", "created_at")
    search_fields = ("name",)
    readonly_fields = ("created_at",)

    def reason_to_keep(self, obj: Organization) -> str:
        owned = (obj.boxes, *(of.objects.filter(organization=obj) for of in (ApiKey, User)))
        if any(rows.exists() for rows in owned):
            return _("Boxes, keys or users belong to this organization: move those first.")
        return ""
