"""Values as the admin shows them, under a name for people; and what a page shows beside them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import display_for_value
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.utils import formats
from django.utils.functional import Promise
from django.utils.timezone import localtime

NOTHING = "–"


def in_page(value: Any) -> Any:
    """As lists show it: moments in the local zone, a dash for nothing."""
    return display_for_value(value, NOTHING) if value not in (None, "") else NOTHING


def brief(moment: datetime) -> str:
    """A moment in few letters, for lists."""
    return formats.date_format(localtime(moment), "SHORT_DATETIME_FORMAT")


def shown(field: str, label: Promise | str) -> Callable[[Any, Model], Any]:
    @admin.display(description=label)  # type: ignore[arg-type]
    def value(self: Any, obj: Model) -> Any:
        return in_page(getattr(obj, field))

    return value


class TellingAdmin(admin.ModelAdmin):
    """The page of a row tells its template more than the fields."""

    def told_on_page(self, request: HttpRequest, obj: Any) -> dict[str, Any]:
        raise NotImplementedError

    def render_change_form(
        self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        if kwargs.get("obj") is not None:
            context.update(self.told_on_page(request, kwargs["obj"]))
        return super().render_change_form(request, context, *args, **kwargs)
