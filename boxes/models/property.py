from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, models, transaction
from django.utils.translation import gettext_lazy as _

MAX_NAME = 255
MAX_VALUE = 500
# More names than these no list of suggestions needs.
MOST_NAMES = 100
# The newest messages with a label of one name tell which of its values are common.
MOST_USES = 300


@dataclass(frozen=True)
class Use:
    """A property on one message; ``patient`` tells those whose messages say whom they are about
    apart, and is empty for the others."""

    name: str
    value: str
    patient: str
    patient_words: str


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

    def names_in(self, box) -> list[str]:
        """The names that a box uses. Each is one step in the index, however many messages
        have it."""
        with connection.cursor() as cursor:
            cursor.execute(_NAMES, [box.pk, box.pk, MOST_NAMES])
            return [name for (name,) in cursor.fetchall()]

    def newest_uses(self, box, name: str) -> list[Use]:
        """Of one name, the newest message's first."""
        found = self.filter(box=box, name=name).order_by("-message_id")
        return _uses(found.values_list(*_USED)[:MOST_USES])

    def uses_on(self, messages: models.QuerySet) -> list[Use]:
        """On the messages with these keys, the newest message's first."""
        return _uses(self.filter(message__in=messages).order_by("-message_id").values_list(*_USED))

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
            ),
            models.Index(
                models.F("box"),
                models.F("name"),
                models.F("message").desc(),
                name="property_newest",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} = {self.value}"


_USED = (
    "name",
    "value",
    "message__identity",
    "message__patient_hash",
    "message__patient_words",
    "message__patient_birth",
)


def _uses(rows: Iterable[tuple]) -> list[Use]:
    return [Use(name, value, *_patient_of(*patient)) for name, value, *patient in rows]


def _patient_of(identity: str, number: str, words: str, birth: str) -> tuple[str, str]:
    if identity != "one":
        return "", ""
    return number or (f"{words} {birth}" if words and birth else ""), words


# From each name to the next greater one: neither database steps through an index by itself.
_NAMES = """
WITH RECURSIVE found(name) AS (
    SELECT min(name) FROM boxes_property WHERE box_id = %s
    UNION ALL
    SELECT (SELECT min(name) FROM boxes_property WHERE box_id = %s AND name > found.name)
    FROM found WHERE found.name IS NOT NULL
)
SELECT name FROM found WHERE name IS NOT NULL LIMIT %s
"""
