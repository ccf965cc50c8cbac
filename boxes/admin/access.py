from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.admin.fields import DAY_BEGINS, Moment
from boxes.admin.logged import LoggedAdmin, record
from boxes.models import Access, GroupAccess, GroupRight
from boxes.models.access import MAX_GIVER, in_force
from boxes.models.box import RIGHTS
from boxes.moment_words import moment_in_full

PERIOD = ("since", "until")


class Holder(forms.Widget):
    """The name of a row's user, key or box as text: asking it costs no query."""

    def __init__(self, holder: Any) -> None:
        super().__init__()
        self.holder = holder

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        return format_html("{}", self.holder or "–")


class AccessForm(forms.ModelForm):
    """Whose access a row is stays as it is; for somebody else there is another row.

    ``giver`` is the name of the person at the keyboard.
    """

    giver = ""

    class Meta:
        help_texts = {
            "until": _("Empty: until somebody ends it. Without a time: to the end of that day.")
        }
        labels = {
            "box": capfirst(_("box")),
            "user": capfirst(_("user")),
            "key": capfirst(_("API key")),
        }
        widgets = {
            "since": Moment(Access._meta.get_field("since").verbose_name, DAY_BEGINS),
            "until": Moment(Access._meta.get_field("until").verbose_name),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in {"box", "user", "key"} & set(self.fields) if self.instance.pk else ():
            self.fields[name].disabled = True
            self.fields[name].widget = Holder(getattr(self.instance, name))

        if "since" in self.fields:
            self.fields["since"].required = False
        for name in set(RIGHTS) & set(self.fields):
            # The heading of the column is no label to who hears the page.
            self.fields[name].widget.attrs["aria-label"] = capfirst(self.fields[name].label)

    def clean_since(self) -> Any:
        """Empty: it begins at once, or stays as it was."""
        return self.cleaned_data["since"] or self.instance.since

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        until, new = cleaned.get("until"), self.instance.pk is None
        if until and new and until <= now():
            self.add_error("until", gettext("This is past already: the access would never begin."))
        if self._given_in_vain(until):
            sentence = gettext(
                "This access has ended, so rights that are given now would not count. Choose a "
                "later end, or leave it empty."
            )
            self.add_error("until", sentence)
        if until and self._by_groups_alone():
            self.add_error(
                "until",
                gettext(
                    "These rights were given by groups of the organization's provider, and last as "
                    "long as the groups give them. End them there, or at “Rights of groups”."
                ),
            )
        return cleaned

    def _given_in_vain(self, until: datetime | None) -> bool:
        given = any(self.cleaned_data.get(right) for right in {*RIGHTS} & {*self.changed_data})
        return bool(given and self.instance.pk and until and until <= now())

    def _by_groups_alone(self) -> bool:
        access = self.instance
        if access.pk is None or access.user_id is None:
            return False
        given = GroupAccess.objects.filter(box=access.box_id, user=access.user_id).first()
        return given is not None and all(
            getattr(given, right) for right in RIGHTS if self.cleaned_data.get(right)
        )

    def save(self, commit: bool = True) -> Access:
        """Whoever last changed rights or period is who gave them."""
        if self.has_changed():
            self.instance.given_by, self.instance.given_at = self.giver, now()
        return super().save(commit)


def given_by(request: HttpRequest, form: type[AccessForm]) -> type[AccessForm]:
    name = request.user.title[:MAX_GIVER]  # type: ignore[union-attr]
    return type(form.__name__, (form,), {"giver": name})


def state_of(access: Access) -> str:
    """Whether it counts now, and until when."""
    if not access.has_begun:
        return gettext("… begins %s") % moment_in_full(access.since)
    if access.until is None:
        return gettext("✓ active")
    words = gettext("✗ ended %s") if access.has_ended else gettext("✓ active until %s")
    return words % moment_in_full(access.until)


def rights_of(row: Access | GroupRight) -> str:
    """In words, for lists."""
    named = [row._meta.get_field(right) for right in RIGHTS if getattr(row, right)]
    return ", ".join(str(field.verbose_name) for field in named) or "–"  # type: ignore[union-attr]


def in_log(access: Access) -> str:
    """Rights and period, as the log keeps them."""
    rights = ", ".join(right for right in RIGHTS if getattr(access, right)) or "nothing"
    until = f" until {_in_utc(access.until)}" if access.until else ""
    return f"{access.user or access.key}: {rights} from {_in_utc(access.since)}{until}"


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


class AccessLogged:
    """For pages with rows of access on them: each that was given or changed is an entry of its
    own, with rights and period."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        super().save_formset(request, form, formset, change)  # type: ignore[misc]
        if formset.model is Access:
            changed = [access for access, _names in formset.changed_objects]
            for access in (*formset.new_objects, *changed):
                record(request, "access", about=access, detail=in_log(access))


class AccessFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            named = gettext("Delete: %s") % form.instance if form.instance.pk else gettext("Delete")
            form.fields["DELETE"].widget.attrs["aria-label"] = named


class AccessInline(admin.TabularInline):
    """Who may do what, on the page of one side of it."""

    model = Access
    template = "admin/boxes/access/rows.html"
    form = AccessForm
    formset = AccessFormSet
    extra = 0
    verbose_name_plural = _("access")

    readonly_fields = ("through",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("box", "user", "key")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        return super().get_formset(request, obj, **{**kwargs, "form": given_by(request, self.form)})

    @admin.display(description=_("given by"))
    def through(self, obj: Access) -> str:
        return obj.through if obj.pk else "–"


class BoxAccessInline(AccessInline):
    fields = ("user", "key", *RIGHTS, *PERIOD, "through")
    autocomplete_fields = ("user", "key")


class UserAccessInline(AccessInline):
    fields = ("box", *RIGHTS, *PERIOD, "through")
    autocomplete_fields = ("box",)
    fk_name = "user"


class KeyAccessInline(UserAccessInline):
    fk_name = "key"


class PeriodFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return (("now", _("active")), ("later", _("begins later")), ("ended", _("ended")))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        moment = now()
        chosen = {"now": in_force(moment), "later": Q(since__gt=moment)}
        chosen["ended"] = Q(until__lte=moment)
        return queryset.filter(chosen.get(self.value() or "", Q()))


@admin.register(Access)
class AccessAdmin(LoggedAdmin):
    part = "people"
    form = AccessForm
    list_display = ("box", "holder", "rights", "state", "through")
    list_display_links = ("box", "holder")
    list_filter = (PeriodFilter, *RIGHTS)
    readonly_fields = ("through", "given_at")
    list_select_related = ("box", "user", "key")
    search_fields = ("box__name", "user__username", "key__label", "key__key_id")
    autocomplete_fields = ("box", "user", "key")
    ordering = ("box__name", "pk")

    @admin.display(description=_("user or API key"))
    def holder(self, obj: Access) -> str:
        return str(obj.user or obj.key)

    @admin.display(description=_("rights"))
    def rights(self, obj: Access) -> str:
        return rights_of(obj)

    @admin.display(description=_("state"))
    def state(self, obj: Access) -> str:
        return state_of(obj)

    @admin.display(description=_("given by"))
    def through(self, obj: Access) -> str:
        return obj.through

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        given = self.readonly_fields if obj else ()
        return ("box", "user", "key", *RIGHTS, *PERIOD, *given)

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        more = {**kwargs, "form": given_by(request, AccessForm)}
        return super().get_form(request, obj, change, **more)

    def save_model(self, request: HttpRequest, obj: Access, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        record(request, "access", about=obj, detail=in_log(obj))
