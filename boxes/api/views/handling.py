"""Who of a shared box works on a message: take, release, handled."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.errors import Problem
from boxes.api.fields import Fields
from boxes.api.moments import stamp
from boxes.api.views.base import BoxView
from boxes.api.views.tokens import person_in
from boxes.models import Handling, Message
from boxes.models.handling import MAX_NOTE


class HandlingView(BoxView):
    """A move in the name of ``user``, or of the key where none is named."""

    http_method_names = ["post"]
    action = ""

    def move(self, message: Message, subject: str, name: str, note: str) -> Handling:
        raise NotImplementedError

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        if message.direction == Message.Direction.OUT:
            sentence = _("Only received messages are taken and handled; this one was sent.")
            raise Problem(sentence, status=409, code="wrong_status")
        fields = Fields(self.read_json(optional=True))
        person = person_in(fields)
        note = fields.text("note", MAX_NOTE)
        fields.check()
        subject, name = self.caller.subject, self.caller.title
        if person and (person.get("id") or person.get("name")):
            name = person.get("name") or person["id"]
            subject = f"{subject}/{person.get('id') or name}"[:160]
        with transaction.atomic():
            handling = self.move(message, subject, name, note)
            self.log(self.action, message, on_behalf=person)
        return Response({"xuid": xuid, "handling": handling_json(handling), "error": []})


class TakeView(HandlingView):
    operations = {"post": operations.TAKE}
    action = "take"

    def move(self, message: Message, subject: str, name: str, note: str) -> Handling:
        return Handling.objects.take(message, subject, name)


class ReleaseView(HandlingView):
    operations = {"post": operations.RELEASE}
    action = "release"

    def move(self, message: Message, subject: str, name: str, note: str) -> Handling:
        return Handling.objects.release(message, subject)


class HandledView(HandlingView):
    operations = {"post": operations.HANDLED}
    action = "handled"

    def move(self, message: Message, subject: str, name: str, note: str) -> Handling:
        return Handling.objects.finish(message, subject, name, note)


class ReopenView(HandlingView):
    operations = {"post": operations.REOPEN}
    action = "reopen"

    def move(self, message: Message, subject: str, name: str, note: str) -> Handling:
        return Handling.objects.reopen(message)


def handling_of(message: Message) -> dict[str, Any]:
    """Where one message stands among the people of its box."""
    return handling_json(Handling.objects.filter(message=message).first())


def handling_json(handling: Handling | None) -> dict[str, Any]:
    if handling is None:
        return {"state": "open", "by": None, "takenAt": None, "handledAt": None, "note": ""}
    return {
        "state": str(handling.state),
        "by": handling.holder_name or None,
        "takenAt": stamp(handling.taken_at),
        "handledAt": stamp(handling.handled_at),
        "note": handling.note,
    }
