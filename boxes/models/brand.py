from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from boxes.models.box import Box
from boxes.models.key import ApiKey
from boxes.models.prepared import Prepared, given
from boxes.models.user import User
from boxes.theme import faults


@dataclass(frozen=True)
class Look:
    """What one reader sees around a message: a name, a logo as PNG, a theme without faults."""

    name: str = ""
    logo: bytes = b""
    theme: dict[str, Any] = field(default_factory=dict)


class BrandQuerySet(models.QuerySet["Brand"]):
    def look(self, box: Box, caller: ApiKey | User) -> Look:
        """The box's look; where software with a brand of its own opened the message, that wins."""
        software = caller.pk if isinstance(caller, ApiKey) else None
        brands = _AROUND.all(key=software, box=box.pk)
        of_key = [brand for brand in brands if brand.key_id is not None]
        found = [*of_key, *(brand for brand in brands if brand.key_id is None)]
        themes = [brand.theme for brand in of_key if brand.theme]
        return Look(
            name=next((brand.name for brand in found if brand.name), ""),
            logo=next((bytes(brand.logo) for brand in found if brand.logo), b""),
            theme=_merged(box.theme, *themes),
        )


_AROUND: "Prepared[Brand]" = Prepared(
    lambda: Brand.objects.filter(
        Q(key_id=given("key"), box=None) | Q(box_id=given("box"))
    ).order_by()
)


def _merged(theme: Any, *own: dict[str, Any]) -> dict[str, Any]:
    """The theme of the box with that of the software over it; without it where the two together
    would be hard to read."""
    under = theme if isinstance(theme, dict) and not faults(theme) else {}
    for one in own:
        both = {**under, **one}
        under = next((fit for fit in (both, one) if not faults(fit)), under)
    return under


class Brand(models.Model):
    """Name and logo on the pages of one box, or on those that one piece of software opens."""

    box = models.OneToOneField(
        Box, models.CASCADE, null=True, blank=True, related_name="brand", verbose_name=_("box")
    )
    key = models.OneToOneField(
        ApiKey,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="brand",
        verbose_name=_("API key"),
        help_text=_("Messages that this software opens look so, in whatever box they are."),
    )
    name = models.CharField(_("name"), max_length=60, blank=True)
    logo = models.BinaryField(_("logo"), default=bytes, blank=True, editable=False)
    theme = models.JSONField(
        _("theme"),
        default=dict,
        blank=True,
        help_text=_("Only with a key; it comes over that of the box, which stands with the box."),
    )

    objects = BrandQuerySet.as_manager()

    class Meta:
        verbose_name = _("brand")
        verbose_name_plural = _("brands")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=Q(box=None, key__isnull=False) | Q(box__isnull=False, key=None),
                name="brand_of_box_or_key",
            )
        ]

    def __str__(self) -> str:
        return self.name or str(self.box or self.key)

    def clean(self) -> None:
        if (self.box is None) == (self.key is None):
            raise ValidationError(_("Choose a box or an API key, and not both."))
        if self.box is not None and self.theme:
            raise ValidationError({"theme": _("The theme of a box stands with the box itself.")})
        if found := faults(self.theme):
            raise ValidationError({"theme": found})
