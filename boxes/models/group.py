from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Rights(models.Model):
    read = models.BooleanField(pgettext_lazy("right", "read"), default=False)
    send = models.BooleanField(pgettext_lazy("right", "send"), default=False)
    deliver = models.BooleanField(pgettext_lazy("right", "deliver"), default=False)
    manage = models.BooleanField(
        pgettext_lazy("right", "manage"), default=False, help_text=_("Includes the others.")
    )

    class Meta:
        abstract = True


class GroupRight(Rights):
    """What the members of a group at the organization's provider may do with one box."""

    provider = models.CharField(
        _("provider"), max_length=30, blank=True, help_text=_("Empty: at each provider.")
    )
    group = models.CharField(
        _("group"),
        max_length=255,
        help_text=_("As the provider names it, capitals included."),
    )
    box = models.ForeignKey("boxes.Box", models.CASCADE, related_name="group_rights")

    class Meta:
        verbose_name = _("right of a group")
        verbose_name_plural = _("rights of groups")
        constraints = [
            models.UniqueConstraint(fields=("provider", "group", "box"), name="group_right_once")
        ]

    def __str__(self) -> str:
        return f"{self.group} → {self.box}"


class GroupAccess(Rights):
    """Which rights a person has by groups alone, since the last sign-in there."""

    box = models.ForeignKey("boxes.Box", models.CASCADE, related_name="group_accesses")
    user = models.ForeignKey("boxes.User", models.CASCADE, related_name="+")
    # Their names, as the provider told them.
    groups = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("user", "box"), name="group_access_once_a_user")
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.box}"
