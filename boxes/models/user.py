from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person who signs in."""

    organization = models.ForeignKey(
        "boxes.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        verbose_name=_("organization"),
    )

    class Meta(AbstractUser.Meta):
        verbose_name = _("user")  # type: ignore[assignment]
        verbose_name_plural = _("users")  # type: ignore[assignment]

    @property
    def subject(self) -> str:
        """Who this is, in tokens and in the log."""
        return f"user:{self.pk}"

    @property
    def title(self) -> str:
        return self.get_full_name() or self.username
