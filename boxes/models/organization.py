from django.db import models
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """A care provider, or whoever else answers for boxes and keys."""

    name = models.CharField(_("name"), max_length=200, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name
