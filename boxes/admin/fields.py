"""Form fields of the admin."""

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

DAY_BEGINS, DAY_ENDS = "00:00", "23:59:59"


class Moment(AdminSplitDateTime):
    """Date and time, each named for who hears the page: one label cannot be of two boxes. A date
    without a time is that day as a whole: what begins does so with it, what ends does so after."""

    def __init__(self, label: Any, without_time: str = DAY_ENDS) -> None:
        super().__init__()
        self.label = label
        self.without_time = without_time

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        day, time = super().value_from_datadict(data, files, name)
        return [day, self.without_time if day and not time else time]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        for part, which in zip(
            context["widget"]["subwidgets"], (_("date"), _("time")), strict=True
        ):
            part["attrs"]["aria-label"] = f"{capfirst(self.label)}: {which}"
        return context


class LinesField(forms.Field):
    """A list of short texts, written one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 50, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        if isinstance(value, list):
            return value
        return [line.strip() for line in (value or "").splitlines() if line.strip()]
