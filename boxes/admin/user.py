from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Permission
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from boxes.admin.access import AccessLogged, UserAccessInline, in_log
from boxes.admin.kept import KeptAdmin, stands_in_log
from boxes.admin.logged import LoggedAdmin, record
from boxes.admin.shown import TellingAdmin
from boxes.admin.user_forms import UserAddForm, UserForm
from boxes.models import User
from boxes.models.access import MAX_GIVER
from boxes.sign_in.invitation import NotInvited, invite, may_be_invited

# Only a superuser gives these away; else a member of staff could become one.
POWERS = ("is_staff", "is_superuser", "auditor", "groups", "user_permissions")


@admin.register(User)
class UserAdmin(TellingAdmin, AccessLogged, LoggedAdmin, KeptAdmin, DjangoUserAdmin):
    part = "people"
    list_display = ("username", "full_name", "organization", "is_active", "is_staff", "last_login")
    list_filter = ("is_active", "is_staff", "is_superuser", "auditor")
    list_select_related = ("organization",)
    search_fields = ("username", "first_name", "last_name", "email", "organization__name")
    autocomplete_fields = ("organization",)
    inlines = (UserAccessInline,)
    form = UserForm
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "is_active")}),
        (
            gettext_lazy("Personal info"),
            {"fields": ("first_name", "last_name", "email", "organization")},
        ),
        (gettext_lazy("Roles"), {"fields": POWERS}),
        (gettext_lazy("Important dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_form = UserAddForm
    add_form_template = "admin/boxes/user/add_form.html"
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username",
                    "first_name",
                    "last_name",
                    "email",
                    "organization",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Rights of one person alone are the exception: shown where somebody has them."""
        sets = super().get_fieldsets(request, obj)
        if obj and request.user.is_superuser and obj.user_permissions.exists():
            return sets
        return tuple(
            (title, {"fields": [name for name in asked["fields"] if name != "user_permissions"]})
            for title, asked in sets
        )

    @admin.display(description=gettext_lazy("name"), ordering="last_name")
    def full_name(self, obj: User) -> str:
        return obj.get_full_name()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = (*super().get_readonly_fields(request, obj), "last_login", "date_joined")
        return fixed if request.user.is_superuser else (*fixed, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and _reaches(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and _reaches(request, obj)

    # -- inviting --

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not change and form.invited:
            transaction.on_commit(lambda: self.invite(request, form.instance))

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(require_POST(self.invite_view))
        leave = self.admin_site.admin_view(self.leave_view)
        return [
            path("<int:pk>/invite/", view, name="boxes_user_invite"),
            path("<int:pk>/leave/", leave, name="boxes_user_leave"),
            *super().get_urls(),
        ]

    def invite_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        if may_be_invited(user):
            self.invite(request, user)
        return HttpResponseRedirect(reverse("admin:boxes_user_change", args=(pk,)))

    def invite(self, request: HttpRequest, user: User) -> None:
        try:
            invite(user)
        except NotInvited as error:
            messages.error(request, str(error))
            return
        record(request, "invite", detail=f"user {user}")
        sentence = _("A link to choose a password was mailed to %s.")
        messages.success(request, sentence % user.email)

    # -- leaving --

    def leave_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What ends when this person leaves; on POST it ends."""
        user = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, user):
            raise PermissionDenied
        change = HttpResponseRedirect(reverse("admin:boxes_user_change", args=(pk,)))
        if user == request.user:
            messages.error(
                request, _("Your own access is ended by another administrator, not by yourself.")
            )
            return change
        if request.method == "POST":
            self.let_go(request, user)
            return change
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("End all access"),
            "subtitle": user.title,
            "original": user,
            "accesses": user.accesses.exclude(until__lte=now()).select_related("box"),
            "roles": user.roles,
            "groups": user.groups.all(),
        }
        return TemplateResponse(request, "admin/boxes/user/leave.html", context)

    def let_go(self, request: HttpRequest, user: User) -> None:
        with transaction.atomic():
            ended = user.leave(by=request.user.title[:MAX_GIVER])  # type: ignore[union-attr]
            for access in ended:
                record(request, "access", about=access, detail=in_log(access))
            record(request, "leave", detail=f"user {user}")
            self.add_to_history(request, user, _("All access was ended."))
        sentence = _("%s signs in nowhere any more, and all rights have ended.")
        messages.success(request, sentence % user.title)

    def told_on_page(self, request: HttpRequest, obj: User) -> dict[str, Any]:
        allowed = self.has_change_permission(request, obj)
        return {
            "may_be_invited": allowed and may_be_invited(obj),
            "may_leave": allowed and obj != request.user and not obj.has_left,
        }

    # -- keeping --

    def reason_to_keep(self, obj: User) -> str:
        if stands_in_log(obj):
            return _("This user stands in the log and is kept. Make the user inactive instead.")
        return ""


def _reaches(request: HttpRequest, obj: User | None) -> bool:
    """Nobody changes somebody who may do more: whoever sets a password can sign in with it."""
    user = request.user
    if obj is None or user.is_superuser:
        return True
    if obj.is_superuser or (obj.auditor and not user.auditor):  # type: ignore[union-attr]
        return False
    if not _held_by(obj) <= _held_by(user):
        return False
    return user.has_perm("boxes.add_access") or not obj.accesses.exists()


def _held_by(user: Any) -> set[int]:
    """Also of who is inactive, whom Django grants none: the form that sets a password makes
    active too."""
    held = Permission.objects.filter(Q(user=user) | Q(group__user=user))
    return set(held.values_list("pk", flat=True))
