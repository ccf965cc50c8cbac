from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Access(models.Model):
    """What one user or one API key may do with one box."""

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
            models.UniqueConstraint(
                fields=("user", "box"), condition=Q(user__isnull=False), name="access_once_a_user"
            ),
            models.UniqueConstraint(
                fields=("key", "box"), condition=Q(key__isnull=False), name="access_once_a_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user or self.key} → {self.box}"
