from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.crypto import get_random_string
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.access import Access
from boxes.models.group import GroupAccess

# In the place of a hash: fits no password, and yet its owner may choose one.
_AWAITED = "awaited$"


class User(AbstractUser):
    """A person who signs in."""

    organization = models.ForeignKey(
        "boxes.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("organization"),
    )
    auditor = models.BooleanField(
        _("auditor"),
        default=False,
        help_text=_(
            "May search and export the log. Nobody else may, superusers neither; each search "
            "stands in the log itself. Needs staff status."
        ),
    )
    # How this person likes the web inbox.
    opens_next = models.BooleanField(_("open the next message after archiving"), default=True)
    uses_keys = models.BooleanField(_("work with keys"), default=True)

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]
        verbose_name_plural = _("users")  # type: ignore[assignment]

    def clean(self) -> None:
        super().clean()
        if self.auditor and not self.is_staff:
            raise ValidationError(
                {"auditor": _("The log is searched in the admin: give staff status too.")}
            )

    @property
    def subject(self) -> str:
        """Who this is, in tokens and in the log."""
        return f"user:{self.pk}"

    @property
    def title(self) -> str:
        return self.get_full_name() or self.username

    @property
    def awaits_password(self) -> bool:
        """Invited, and no password was chosen or set since."""
        return self.password.startswith(_AWAITED)

    def await_password(self) -> None:
        self.password = f"{_AWAITED}{get_random_string(40)}"

    @property
    def roles(self) -> list[str]:
        held = {
            _("staff status"): self.is_staff,
            _("superuser status"): self.is_superuser,
            _("auditor"): self.auditor,
        }
        return [str(role) for role, has_it in held.items() if has_it]

    @property
    def has_left(self) -> bool:
        """Nothing is open to this person any more, nor will be."""
        may = self.is_active or self.roles
        return not (may or self.accesses.filter(Q(until=None) | Q(until__gt=now())).exists())

    def leave(self, by: str) -> "list[Access]":
        """End all that is open to this person, at once: the sign-in, the password with the links
        that would set another, the roles, the rights on boxes. Answers the rights that ended,
        under the name of whoever ended them."""
        with transaction.atomic():
            moment = now()
            self.accesses.filter(since__gte=moment).delete()
            rows = self.accesses.in_force(moment)
            ended = list(rows.select_related("box", "user"))
            rows.update(until=moment, given_by=by, given_at=moment)
            GroupAccess.objects.filter(user=self).delete()
            self.groups.clear()
            self.user_permissions.clear()
            self.is_active = self.is_staff = self.is_superuser = self.auditor = False
            self.set_unusable_password()
            roles = ("is_active", "is_staff", "is_superuser", "auditor")
            self.save(update_fields=(*roles, "password"))
        for access in ended:
            access.until = moment
        return ended
