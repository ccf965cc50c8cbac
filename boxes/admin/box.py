from typing import Any
from urllib.parse import urlencode
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.access import AccessLogged, BoxAccessInline
from boxes.admin.fields import LinesField
from boxes.admin.kept import KeptAdmin
from boxes.admin.logged import LoggedAdmin
from boxes.admin.paging import DEEPEST, count_up
from boxes.models import Box, Message


class BoxForm(forms.ModelForm):
    origins = LinesField(
        label=capfirst(gettext_lazy("origins that may frame the viewer")),
        required=False,
        help_text=gettext_lazy(
            "One a line, such as https://epd.example.org. Empty: any https page."
        ),
    )

    sender_addresses = LinesField(
        label=capfirst(gettext_lazy("addresses it may send as")),
        required=False,
        help_text=gettext_lazy(
            "One a line, such as desk@example.org: e-mail addresses that software which sends "
            "through the interface of another system may name as sender."
        ),
    )

    contacts = LinesField(
        label=capfirst(gettext_lazy("contacts")),
        required=False,
        help_text=gettext_lazy(
            "One a line, such as desk@example.org: who gets a mail, without anything about "
            "patients, when something waits too long. Empty: who manages the box."
        ),
    )

    class Meta:
        help_texts = {
            "name": gettext_lazy(
                "Its address, for good: small letters and digits, such as delinde."
            ),
            "display_name": gettext_lazy("What people read. Empty: the name."),
            "time_zone": gettext_lazy("Such as Europe/Amsterdam. Empty: that of the installation."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "contacts" in self.fields and not settings.MAIL_DOMAIN:
            self.fields["contacts"].help_text = _(
                "Off: this installation sends no mail, because MAIL_DOMAIN is not set."
            )

    def clean_time_zone(self) -> str:
        zone = self.cleaned_data["time_zone"]
        if zone and zone not in available_timezones():
            raise forms.ValidationError(
                _("This time zone is not known; write it as Europe/Amsterdam.")
            )
        return zone


@admin.register(Box)
class BoxAdmin(AccessLogged, LoggedAdmin, KeptAdmin):
    part = "people"
    form = BoxForm
    list_display = ("name", "display_name", "organization", "state", "messages_link")
    list_filter = ("state",)
    list_select_related = ("organization",)
    search_fields = ("name", "display_name", "organization__name")
    autocomplete_fields = ("organization",)
    inlines = (BoxAccessInline,)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "display_name",
                    "organization",
                    "state",
                    "listed",
                    "contacts",
                    "messages_held",
                )
            },
        ),
        (
            gettext_lazy("Messages and viewer"),
            {
                "fields": (
                    "time_zone",
                    "retention_days",
                    "remote_images",
                    "token_lifetime",
                    "requires_user",
                    "origins",
                    "sender_addresses",
                    "theme",
                )
            },
        ),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # The name is the address: others have it in their books, and the log too.
        return ("messages_held", "name") if obj else ("messages_held",)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj:
            return self.fieldsets
        (title, first), *others = self.fieldsets
        fields = [name for name in first["fields"] if name != "messages_held"]
        return ((title, {"fields": fields}), *others)

    def reason_to_keep(self, obj: Box) -> str:
        if obj.messages.exists():
            return _(
                "This box holds messages and is kept. Close it instead: a closed box takes no "
                "messages and opens for nobody."
            )
        return ""

    @admin.display(description=gettext_lazy("messages"))
    def messages_link(self, obj: Box) -> SafeString:
        return _link_to_messages(obj, _("show"))

    @admin.display(description=gettext_lazy("messages"))
    def messages_held(self, obj: Box) -> SafeString:
        count = count_up(Message.objects.in_box(obj))
        text = number_format(min(count, DEEPEST), force_grouping=True)
        return _link_to_messages(obj, _("more than %s") % text if count > DEEPEST else text)


def _link_to_messages(box: Box, text: str) -> SafeString:
    address = f"{reverse('admin:boxes_message_changelist')}?{urlencode({'q': box.name})}"
    return format_html(
        '<a href="{}">{}<span class="visually-hidden"> ({})</span></a>', address, text, box.name
    )
