from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.timezone import now

# Unread ones are counted among so many of the newest: a box that was never read would
# otherwise be counted through for every page.
WINDOW = 1000


class ReadingQuerySet(models.QuerySet["Reading"]):
    def begin(self, message, user) -> bool:
        """The person opens the message; True for the first time."""
        _reading, first = self.get_or_create(message=message, user=user)
        return first

    def forget(self, message, user) -> None:
        """Show it to this person as unread again."""
        self.filter(message=message, user=user).delete()


class Reading(models.Model):
    """One person has opened one message: unread is each person's own."""

    message = models.ForeignKey(
        "boxes.Message", models.CASCADE, related_name="readings", db_index=False
    )
    user = models.ForeignKey("boxes.User", models.CASCADE, related_name="+")
    at = models.DateTimeField(default=now)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("message", "user"), name="reading_once_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} read {self.message_id}"


def read_by(user) -> Exists:
    """As a condition on messages: whether this person has opened them."""
    return Exists(Reading.objects.filter(message=OuterRef("pk"), user=user))
