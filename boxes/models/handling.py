from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from boxes.errors import WrongStatus

MAX_NOTE, MAX_NAME = 500, 200


def in_one_line(name: str) -> str:
    """As a page gives it back, so that who is shown to have a message can be named again."""
    return " ".join(name.split())[:MAX_NAME]


class HandlingQuerySet(models.QuerySet["Handling"]):
    """Who works on which message of a shared box; a state beside read and archived.

    A person is given as ``subject`` (``user:7``, or a key and whom it speaks for) and the
    name that colleagues see.
    """

    def take(self, message, subject: str, name: str) -> "Handling":
        """Raises WrongStatus when a colleague has it, or when it was handled."""
        self.get_or_create(message=message)
        free = self.filter(message=message, holder="", handled_at=None)
        if not free.update(
            holder=subject, holder_name=in_one_line(name) or subject, taken_at=now()
        ):
            held = self.get(message=message)
            if held.handled_at or held.holder != subject:
                raise WrongStatus(held.refusal())
        return self.get(message=message)

    def take_over(self, message, subject: str, name: str, over: str | None = None) -> "Handling":
        """From a colleague who cannot go on with it: from ``over``, where one is named, or from
        nobody, and never from a third who came in between. Raises WrongStatus; also when it was
        handled."""
        self.get_or_create(message=message)
        open_ = self.filter(message=message, handled_at=None)
        if over is not None:
            open_ = open_.filter(Q(holder_name=in_one_line(over)) | Q(holder__in=("", subject)))
        if not open_.update(
            holder=subject, holder_name=in_one_line(name) or subject, taken_at=now()
        ):
            raise WrongStatus(self._refusal(message))
        return self.get(message=message)

    def release(self, message, subject: str) -> "Handling":
        """Give back what one has. Raises WrongStatus when one has it not."""
        if not self._held(message, subject).update(holder="", holder_name="", taken_at=None):
            raise WrongStatus(self._refusal(message))
        return self.get(message=message)

    def finish(self, message, subject: str, name: str, note: str = "") -> "Handling":
        """Handled, with what was done. One need not take it first; what a colleague has is
        theirs. Raises WrongStatus."""
        self.take(message, subject, name)
        self._held(message, subject).update(handled_at=now(), note=note[:MAX_NOTE])
        return self.get(message=message)

    def conclude(self, message, subject: str, name: str, note: str) -> None:
        """It asks nobody's attention any more, whoever has it; what somebody handled before stays
        as they left it."""
        try:
            self.take_over(message, subject, name)
        except WrongStatus:
            return
        self.finish(message, subject, name, note)

    def reopen(self, message) -> "Handling":
        """Handled by mistake, or asked about again: open, and nobody's; the note stays."""
        done = self.filter(message=message, handled_at__isnull=False)
        if not done.update(handled_at=None, holder="", holder_name="", taken_at=None):
            raise WrongStatus(gettext("This message is not handled yet."))
        return self.get(message=message)

    def _held(self, message, subject: str) -> "HandlingQuerySet":
        return self.filter(message=message, holder=subject, handled_at=None)

    def _refusal(self, message) -> str:
        held = self.filter(message=message).first()
        return held.refusal() if held else gettext("Nobody has taken this message.")


class Handling(models.Model):
    """Who has taken a message, and what was done about it."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        TAKEN = "taken", _("taken")
        HANDLED = "handled", _("handled")

    message = models.OneToOneField("boxes.Message", models.CASCADE, related_name="handling")
    holder = models.CharField(max_length=160, blank=True)
    holder_name = models.CharField(_("by"), max_length=MAX_NAME, blank=True)
    taken_at = models.DateTimeField(_("taken at"), null=True)
    handled_at = models.DateTimeField(_("handled at"), null=True)
    note = models.CharField(_("note"), max_length=MAX_NOTE, blank=True)

    objects = HandlingQuerySet.as_manager()

    class Meta:
        verbose_name = _("handling")
        verbose_name_plural = _("handlings")

    def __str__(self) -> str:
        return f"{self.message_id} {self.state} {self.holder_name}"

    @property
    def state(self) -> str:
        return state_of(self.holder, self.handled_at)

    def refusal(self) -> str:
        """Why somebody else cannot take it or end it now."""
        if self.handled_at:
            return gettext("%(name)s has already handled this message.") % {
                "name": self.holder_name
            }
        if self.holder:
            return gettext("%(name)s has taken this message.") % {"name": self.holder_name}
        return gettext("Nobody has taken this message.")


def state_of(holder: str, handled_at: object) -> str:
    if handled_at:
        return Handling.State.HANDLED
    return Handling.State.TAKEN if holder else Handling.State.OPEN
