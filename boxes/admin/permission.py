"""What members of the staff may do here, as a table of words: the rows of Django that say so
are named in English, and most of them open nothing."""

from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth import get_permission_codename
from django.contrib.auth.models import Permission
from django.db.models import Model, Q, QuerySet
from django.template.loader import render_to_string
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import pgettext_lazy

from boxes.admin.shown import NOTHING

ACTIONS = {
    "view": pgettext_lazy("permission", "view"),
    "add": pgettext_lazy("permission", "add"),
    "change": pgettext_lazy("permission", "change"),
    "delete": pgettext_lazy("permission", "delete"),
}


def granted() -> Iterator[tuple[type[Model], tuple[str, ...]]]:
    """What the lists of the admin ask for: of each the actions that a permission opens. The
    others are open to nobody, or to another role."""
    for model, model_admin in admin.site._registry.items():
        if actions := getattr(model_admin, "granted", tuple(ACTIONS)):
            yield model, actions


def asked_for() -> QuerySet[Permission]:
    conditions = [
        Q(content_type__app_label=model._meta.app_label)
        & Q(codename=get_permission_codename(action, model._meta))
        for model, actions in granted()
        for action in actions
    ]
    return Permission.objects.filter(Q(*conditions, _connector=Q.OR))


def by_thing(permissions: QuerySet[Permission]) -> list[tuple[str, dict[str, Any]]]:
    """The name of each thing, and for each action its permission or none."""
    found = {
        (row.content_type.app_label, row.codename): row.pk
        for row in permissions.select_related("content_type")
    }
    things = []
    for model, _actions in granted():
        name, app = capfirst(str(model._meta.verbose_name_plural)), model._meta.app_label
        codes = {action: get_permission_codename(action, model._meta) for action in ACTIONS}
        things.append((name, {action: found.get((app, codes[action])) for action in ACTIONS}))
    return sorted(things, key=lambda thing: thing[0].lower())


def in_words(permissions: QuerySet[Permission]) -> SafeString | str:
    """For who may only look."""
    lines = [
        (name, ", ".join(str(ACTIONS[action]) for action, pk in cells.items() if pk))
        for name, cells in by_thing(permissions)
    ]
    return format_html_join("", "{}: {}<br>", (line for line in lines if line[1])) or NOTHING


class PermissionTable(forms.CheckboxSelectMultiple):
    """A row for each thing, a column for each action."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = {str(pk) for pk in value or ()}
        rows = [
            {
                "name": thing,
                "cells": [
                    {"action": ACTIONS[action], "pk": pk, "chosen": str(pk) in chosen}
                    for action, pk in cells.items()
                ],
            }
            for thing, cells in by_thing(asked_for())
        ]
        context = {"name": name, "id": (attrs or {}).get("id", ""), "actions": ACTIONS.values()}
        # Django looks for templates of form fields among its own only.
        return render_to_string("admin/boxes/permissions.html", {**context, "rows": rows})


class PermissionsField(forms.ModelMultipleChoiceField):
    """Those that the admin asks for; what somebody holds besides stays as it is."""

    def __init__(self, **kwargs: Any) -> None:
        table = {"widget": PermissionTable, "required": False, **kwargs}
        super().__init__(Permission.objects.none(), **table)

    def offer(self, held: QuerySet[Permission]) -> None:
        """When the form is made, for then all apps have registered what they have."""
        self.queryset = asked_for()
        self.unseen = held.exclude(pk__in=self.queryset)

    def clean(self, value: Any) -> QuerySet[Permission]:
        chosen = super().clean(value)
        return Permission.objects.filter(Q(pk__in=chosen) | Q(pk__in=self.unseen.values("pk")))
