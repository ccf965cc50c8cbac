from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from boxes.admin.logged import LoggedAdmin
from boxes.models import Access

RIGHTS = ("read", "send", "deliver", "manage")


class Holder(forms.Widget):
    """The name of a row's user, key or box as text: asking it costs no query."""

    def __init__(self, holder: Any) -> None:
        super().__init__()
        self.holder = holder

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html("{}", self.holder or "–")


class AccessForm(forms.ModelForm):
    """Whose access a row is stays as it is; for somebody else there is another row."""

    class Meta:
        labels = {"box": _("box"), "user": _("user"), "key": _("API key")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"box", "user", "key"} & set(self.fields) if self.instance.pk else ():
            self.fields[name].disabled = True
            self.fields[name].widget = Holder(getattr(self.instance, name))


class AccessInline(admin.TabularInline):
    """Who may do what, on the page of one side of it."""

    model = Access
    form = AccessForm
    extra = 0
    verbose_name_plural = _("access")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("box", "user", "key")


class BoxAccessInline(AccessInline):
    fields = ("user", "key", *RIGHTS)
    autocomplete_fields = ("user", "key")


class UserAccessInline(AccessInline):
    fields = ("box", *RIGHTS)
    autocomplete_fields = ("box",)
    fk_name = "user"


class KeyAccessInline(UserAccessInline):
    fk_name = "key"


@admin.register(Access)
class AccessAdmin(LoggedAdmin):
    list_display = ("box", "holder", *RIGHTS)
    list_display_links = ("box", "holder")
    list_filter = RIGHTS
    list_select_related = ("box", "user", "key")
    search_fields = ("box__name", "user__username", "key__label", "key__key_id")
    autocomplete_fields = ("box", "user", "key")
    ordering = ("box__name", "pk")

    @admin.display(description=_("user or API key"))
    def holder(self, obj: Access) -> str:
        return str(obj.user or obj.key)
