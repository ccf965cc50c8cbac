import secrets
from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AdminUserCreationForm,
    ReadOnlyPasswordHashWidget,
    UserChangeForm,
)
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from boxes.admin.permission import PermissionsField
from boxes.models import User
from boxes.sign_in.invitation import invitations_are_on

PASSWORD, INVITE, NONE = "true", "invite", "false"


class UserAddForm(AdminUserCreationForm):
    """Name, way in and address at once. Who is invited has no password until they choose it."""

    usable_password = forms.ChoiceField(
        label=gettext_lazy("How they sign in"),
        required=False,
        initial=PASSWORD,
        widget=forms.RadioSelect(attrs={"class": "radiolist"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ways = [
            (PASSWORD, _("with the password below")),
            (INVITE, _("with a password that they choose, by a link in a mail")),
            (NONE, _("at the organization's provider only, without a password")),
        ]
        self.fields["usable_password"].choices = [  # type: ignore[attr-defined]
            (way, words) for way, words in ways if way != INVITE or invitations_are_on()
        ]

    @property
    def invited(self) -> bool:
        return self.cleaned_data.get("invited", False)

    def validate_passwords(self, *args: Any, **kwargs: Any) -> None:
        if self.cleaned_data.get("usable_password") == INVITE:
            if not self.cleaned_data.get("email"):
                self.add_error("email", _("Give the address that the link is mailed to."))
            drawn = secrets.token_urlsafe(32)
            self.cleaned_data |= {"password1": drawn, "password2": drawn, "invited": True}
        super().validate_passwords(*args, **kwargs)

    def set_password_and_save(self, user: User, commit: bool = True, **kwargs: Any) -> User:
        user = super().set_password_and_save(user, commit=commit and not self.invited, **kwargs)
        if self.invited:
            user.await_password()
            if commit:
                user.save()
        return user


class PasswordState(ReadOnlyPasswordHashWidget):
    """Whether there is a password, and the button that sets another; nothing of its hash."""

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        awaited = User(password=value or "").awaits_password
        usable = bool(value) and is_password_usable(value) and not awaited
        said = _("A password is set.") if usable else _("None is set.")
        if awaited:
            said = _("None is chosen yet: the link that was mailed is not used.")
        context["summary"] = [{"label": said}]
        context["button_label"] = _("Set another password") if usable else _("Set a password")
        return context


class UserForm(UserChangeForm):
    user_permissions = PermissionsField(
        label=gettext_lazy("Rights beside the groups"),
        help_text=gettext_lazy("Given to this person alone; a group is easier to oversee."),
    )

    class Meta(UserChangeForm.Meta):
        help_texts = {
            "is_active": gettext_lazy(
                "Off: signs in nowhere, and pages that are open end at once."
            ),
            "is_staff": gettext_lazy(
                "Comes into this admin, and does there what the groups allow."
            ),
            "is_superuser": gettext_lazy(
                "Administrator: does everything here and gives rights to others. Reads no message "
                "and searches no log by that."
            ),
            "groups": gettext_lazy(
                "Which lists here a member may see and change stands at each group."
            ),
        }
        widgets = {"groups": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "password" in self.fields:
            self.fields["password"].widget = PasswordState()
            self.fields["password"].help_text = ""
        if "groups" in self.fields and not Group.objects.exists():
            self.fields["groups"].help_text = _(
                "There are none yet. Make one for those who do only a part of the work here."
            )
        if "user_permissions" in self.fields:
            self.fields["user_permissions"].offer(self.instance.user_permissions.all())  # type: ignore[attr-defined]
