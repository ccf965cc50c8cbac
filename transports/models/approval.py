from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models import Box
from transports.email.headers import NotAnAddress, ascii_domain

EVERY = "*"


def validate_domain(domain: str) -> None:
    if domain != EVERY and (domain != domain.strip().lower() or any(c in domain for c in "@ /")):
        raise ValidationError(
            _("Write the domain in lowercase letters and without @, such as example.org.")
        )


class ApprovedDomainQuerySet(models.QuerySet["ApprovedDomain"]):
    def allowing(self, box: Box, domains: set[str]) -> set[str]:
        """Those of the domains to which the box may send by a road that is not safe."""
        found = self.filter(Q(box=box) | Q(box=None), domain__in={*domains, EVERY})
        approved = set(found.values_list("domain", flat=True))
        return domains if EVERY in approved else domains & approved


class ApprovedDomain(models.Model):
    """Where messages may go by ordinary e-mail and other roads that are not made for care."""

    box = models.ForeignKey(
        Box,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="approved_domains",
        verbose_name=_("box"),
        help_text=_("Empty: for every box of this installation."),
    )
    domain = models.CharField(
        _("domain"),
        max_length=255,
        validators=[validate_domain],
        help_text=_(
            "What stands behind the @, such as example.org, the host of a cell, or one of the "
            "words sms and letter. A star (*) approves every receiver."
        ),
    )
    reason = models.CharField(
        _("reason"),
        max_length=500,
        help_text=_("Why messages about patients may go there, for whoever audits it later."),
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        verbose_name=_("approved by"),
    )
    created_at = models.DateTimeField(_("approved at"), default=now, editable=False)

    objects = ApprovedDomainQuerySet.as_manager()

    class Meta:
        verbose_name = _("approved domain")
        verbose_name_plural = _("approved domains")
        ordering = ("domain",)
        constraints = [
            models.UniqueConstraint(
                fields=("box", "domain"), condition=Q(box__isnull=False), name="approved_of_box"
            ),
            models.UniqueConstraint(fields=("domain",), condition=Q(box=None), name="approved"),
            models.CheckConstraint(condition=~Q(reason=""), name="approved_with_a_reason"),
        ]

    def __str__(self) -> str:
        return self.domain

    def clean(self) -> None:
        """Kept as it goes over the wire: international domains in their xn-- form."""
        if self.domain and not self.domain.isascii():
            try:
                self.domain = ascii_domain(self.domain)
            except NotAnAddress as error:
                raise ValidationError({"domain": str(error)}) from error
