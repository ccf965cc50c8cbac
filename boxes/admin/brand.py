import base64

from django import forms
from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from boxes.admin.logged import LoggedAdmin
from boxes.logo import redrawn
from boxes.models import Brand


class BrandForm(forms.ModelForm):
    upload = forms.FileField(
        label=gettext_lazy("New logo"),
        required=False,
        help_text=gettext_lazy("PNG or WebP, at most 100 KiB; it is drawn anew."),
    )
    without_logo = forms.BooleanField(label=gettext_lazy("Take the logo away"), required=False)

    def clean_upload(self) -> bytes:
        file = self.cleaned_data["upload"]
        return redrawn(file.read(128 * 1024)) if file else b""

    def save(self, commit: bool = True) -> Brand:
        if self.cleaned_data["without_logo"]:
            self.instance.logo = b""
        if self.cleaned_data["upload"]:
            self.instance.logo = self.cleaned_data["upload"]
        return super().save(commit)


@admin.register(Brand)
class BrandAdmin(LoggedAdmin):
    """Whose name and logo stand on the pages of the viewer."""

    form = BrandForm
    list_display = ("__str__", "box", "key")
    list_select_related = ("box", "key")
    search_fields = ("name", "box__name", "key__label")
    autocomplete_fields = ("box", "key")
    fields = ("box", "key", "name", "logo_shown", "upload", "without_logo", "theme")
    readonly_fields = ("logo_shown",)

    @admin.display(description=gettext_lazy("logo"))
    def logo_shown(self, obj: Brand) -> SafeString | str:
        if not obj.logo:
            return "–"
        picture = base64.b64encode(bytes(obj.logo)).decode()
        return format_html('<img src="data:image/png;base64,{}" alt="{}">', picture, obj.name)
