from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

MAX_GIVER = 200


def in_force(moment, access: str = "") -> Q:
    """As a condition on rows of access, or on what leads to them: that ``moment`` lies within
    their period."""
    before = f"{access}__" if access else ""
    return Q(**{f"{before}since__lte": moment}) & (
        Q(**{f"{before}until": None}) | Q(**{f"{before}until__gt": moment})
    )


class AccessQuerySet(models.QuerySet["Access"]):
    def in_force(self, moment: datetime | None = None) -> "AccessQuerySet":
        return self.filter(in_force(moment or now()))

    def ending(self, ahead: timedelta) -> "AccessQuerySet":
        """Those that end within so long, the first to end first."""
        moment = now()
        return self.filter(until__gt=moment, until__lte=moment + ahead).order_by("until")


class Access(models.Model):
    """What one user or one API key may do with one box, and in which period.

    The row is all that counts, with one exception: a right in it that a provider's group gives
    too (GroupAccess) lasts as long as the group gives it.
    """

    box = models.ForeignKey("boxes.Box", models.CASCADE, related_name="accesses")
    user = models.ForeignKey(
        "boxes.User", models.CASCADE, null=True, blank=True, related_name="accesses"
    )
    key = models.ForeignKey(
        "boxes.ApiKey", models.CASCADE, null=True, blank=True, related_name="accesses"
    )
    read = models.BooleanField(pgettext_lazy("right", "read"), default=False)
    send = models.BooleanField(pgettext_lazy("right", "send"), default=False)
    deliver = models.BooleanField(
        pgettext_lazy("right", "deliver"),
        default=False,
        help_text=_("Puts messages into the inbox under any sender's name."),
    )
    manage = models.BooleanField(
        pgettext_lazy("right", "manage"), default=False, help_text=_("Includes the others.")
    )
    since = models.DateTimeField(_("from"), default=now)
    until = models.DateTimeField(
        _("until"), null=True, blank=True, help_text=_("Empty: until somebody ends it.")
    )
    # Through whom: the name of the person who gave it, or the groups that did.
    given_by = models.CharField(_("given by"), max_length=MAX_GIVER, blank=True, editable=False)
    given_at = models.DateTimeField(_("given at"), null=True, editable=False, default=now)

    objects = AccessQuerySet.as_manager()

    class Meta:
        verbose_name = _("access")
        verbose_name_plural = _("accesses")
        constraints = [
            models.CheckConstraint(
                condition=Q(user__isnull=False, key__isnull=True)
                | Q(user__isnull=True, key__isnull=False),
                name="access_has_one_holder",
                violation_error_message=_("Choose either a user or an API key."),
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gt=F("since")),
                name="access_ends_after_it_begins",
                violation_error_message=_("The end has to be later than the beginning."),
            ),
            models.UniqueConstraint(
                fields=("user", "box"), condition=Q(user__isnull=False), name="access_once_a_user"
            ),
            models.UniqueConstraint(
                fields=("key", "box"), condition=Q(key__isnull=False), name="access_once_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.key} → {self.box}"

    def clean(self) -> None:
        if self.since and self.until and self.until <= self.since:
            raise ValidationError({"until": gettext("The end has to be later than the beginning.")})

    @property
    def has_begun(self) -> bool:
        return self.since <= now()

    @property
    def has_ended(self) -> bool:
        return self.until is not None and self.until <= now()

    @property
    def through(self) -> str:
        """Who gave it; commands of the server give it in nobody's name."""
        return self.given_by or gettext("the installation")
