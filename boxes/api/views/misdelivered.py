"""A message came to the wrong box: on to the right one, or back to its sender."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import misdelivered_json
from boxes.api.errors import Problem, invalid, not_found
from boxes.api.fields import Fields
from boxes.api.views.base import BoxView
from boxes.api.views.handling import as_it_is, doer_of
from boxes.api.views.tokens import person_in
from boxes.errors import Closed, WrongStatus
from boxes.models import Box, Message, Misdelivery
from boxes.models.misdelivery import MAX_REASON


class MisdeliveredView(BoxView):
    """In the name of ``user``, or of the key where none is named."""

    operations = {"post": operations.MISDELIVERED}
    http_method_names = ["post"]

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid, even_closed=True)
        fields = Fields(self.read_json())
        person = person_in(fields)
        reason, to = _reason(fields), _way(fields)
        fields.check()
        if to:
            made = self._move(message, self._target(to), reason, person)
        else:
            made = self._send_back(message, reason, person)
        told = {"misdelivered": misdelivered_json(made), "error": []}
        return Response({"xuid": xuid, "status": message.status, **told})

    def _target(self, name: str) -> Box:
        """A box that this key may send in; one that it does not open is not there."""
        found = Box.objects.opened(name, self.caller)
        if found is None:
            self.refuse("box_not_open", name)
            raise not_found(_("There is no box “%(name)s”.") % {"name": name})
        if not found.allows(self.caller, "send"):
            self.refuse("right_missing", name, detail="send")
            raise _may_not_send(name)
        if found.pk == self.box.pk:
            raise invalid({"to": [_("The message is in this box already. Choose another one.")]})
        return found

    def _move(self, message: Message, target: Box, reason: str, person) -> Misdelivery:
        with _once(message), transaction.atomic():
            subject, name = doer_of(self.caller, person)
            made = Misdelivery.objects.move(
                message, target, subject=subject, name=name, reason=reason
            )
            made.record(self.caller, address=self.address, target=target, on_behalf=person)
        return made

    def _send_back(self, message: Message, reason: str, person) -> Misdelivery:
        if not self.box.allows(self.caller, "send"):
            self.refuse("right_missing", self.box.name, detail="send")
            raise _may_not_send(self.box.name)
        with _once(message), transaction.atomic():
            subject, name = doer_of(self.caller, person)
            made = Misdelivery.objects.send_back(
                message, subject=subject, name=name, reason=reason, caller=self.caller
            )
            made.record(self.caller, address=self.address, on_behalf=person)
        return made


def _reason(fields: Fields) -> str:
    reason = fields.text("reason", MAX_REASON).strip()
    if not reason and "reason" not in fields.faults:
        fields.fault("reason", _("Say why: both sides read it."))
    return reason


def _way(fields: Fields) -> str:
    """The name of the right box; empty for back to the sender."""
    to, back = fields.text("to", 64), fields.value("backToSender")
    if back not in (None, True, False):
        fields.fault("backToSender", _("Give true or false."))
    elif bool(to) == bool(back) and "to" not in fields.faults:
        fields.fault("to", _("Give either the right box, or backToSender."))
    return to


def _may_not_send(name: str) -> Problem:
    sentence = _("This API key may not send in the box “%(name)s”.") % {"name": name}
    return Problem(sentence, status=403, code="right_missing")


@contextmanager
def _once(message: Message) -> Iterator[None]:
    """That somebody did it before is a conflict here, and no closed door; so is it, as it stands,
    that a colleague has taken the message."""
    try:
        yield
    except Closed as error:
        raise Problem(str(error), status=409, code="wrong_status") from error
    except WrongStatus as error:
        if message.direction == Message.Direction.OUT:
            raise
        raise as_it_is(message, error) from error
