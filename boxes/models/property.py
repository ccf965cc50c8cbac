from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

MAX_NAME = 255
MAX_VALUE = 500


class PropertyQuerySet(models.QuerySet["Property"]):
    def put(self, message, name: str, value: str) -> None:
        """Set one property; the old value of that name is replaced."""
        self._put(message, {name: value})

    def replace(self, message, pairs: dict[str, str]) -> None:
        """Make these the message's only properties; what stays as it is, is not touched."""
        with transaction.atomic():
            held = dict(self.filter(message=message).values_list("name", "value"))
            self.filter(message=message).exclude(name__in=pairs).delete()
            self._put(message, {n: value for n, value in pairs.items() if held.get(n) != value})

    def _put(self, message, pairs: dict[str, str]) -> None:
        Property.objects.bulk_create(
            [
                Property(box_id=message.box_id, message=message, name=name, value=value)
                for name, value in pairs.items()
            ],
            update_conflicts=True,
            unique_fields=["message", "name"],
            update_fields=["value"],
        )


class Property(models.Model):
    """A name and value that an application hangs on a message.

    The box is repeated here, so that one index answers ``?_name=value`` newest first.
    """

    box = models.ForeignKey("boxes.Box", models.CASCADE, db_index=False)
    message = models.ForeignKey(
        "boxes.Message", models.CASCADE, related_name="properties", db_index=False
    )
    name = models.CharField(_("name"), max_length=MAX_NAME)
    value = models.CharField(_("value"), max_length=MAX_VALUE)

    objects = PropertyQuerySet.as_manager()

    class Meta:
        verbose_name = _("property")
        verbose_name_plural = _("properties")
        constraints = [
            models.UniqueConstraint(fields=("message", "name"), name="property_once_a_name"),
            models.CheckConstraint(condition=~models.Q(name=""), name="property_has_name"),
        ]
        indexes = [
            models.Index(
                models.F("box"),
                models.F("name"),
                models.F("value"),
                models.F("message").desc(),
                name="property_seek",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"
