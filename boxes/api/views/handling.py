"""Who of a shared box works on a message: take, also over from another, release, handled."""

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import NOT_HANDLED, handling_json
from boxes.api.errors import Problem
from boxes.api.fields import Fields
from boxes.api.views.base import BoxView
from boxes.api.views.tokens import person_in
from boxes.errors import WrongStatus
from boxes.models import ApiKey, Handling, Message
from boxes.models.handling import MAX_NAME, MAX_NOTE


class HandlingView(BoxView):
    """A move in the name of ``user``, or of the key where none is named."""

    http_method_names = ["post"]
    action = ""
    # The texts that this move reads besides, and how long each may be.
    texts: dict[str, int] = {}

    def move(self, message: Message, subject: str, name: str, asked: dict[str, str]) -> Handling:
        raise NotImplementedError

    def logged(self, asked: dict[str, str]) -> str:
        return self.action

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        if message.direction == Message.Direction.OUT:
            sentence = _("Only received messages are taken and handled; this one was sent.")
            raise Problem(sentence, status=409, code="wrong_status")
        fields = Fields(self.read_json(optional=True))
        person = person_in(fields)
        asked = {name: fields.text(name, most) for name, most in self.texts.items()}
        fields.check()
        subject, name = doer_of(self.caller, person)
        try:
            with transaction.atomic():
                handling = self.move(message, subject, name, asked)
                self.log(self.logged(asked), message, on_behalf=person)
        except WrongStatus as error:
            raise as_it_is(message, error) from error
        return Response({"xuid": xuid, "handling": handling_json(handling), "error": []})


def as_it_is(message: Message, error: WrongStatus) -> Problem:
    """The refusal, with what the caller did not know yet: who has it, or handled it."""
    found = Handling.objects.filter(message=message).first()
    told = {"handling": handling_json(found) if found else NOT_HANDLED}
    return Problem(str(error), status=409, code="wrong_status", told=told)


def doer_of(caller: ApiKey, person: dict[str, str] | None) -> tuple[str, str]:
    """Who does it, for comparing and for people: the named person, else the key."""
    subject, name = caller.subject, caller.title
    if person and (person.get("id") or person.get("name")):
        name = person.get("name") or person["id"]
        subject = f"{subject}/{person.get('id') or name}"[:160]
    return subject, name


class TakeView(HandlingView):
    operations = {"post": operations.TAKE}
    action = "take"
    texts = {"over": MAX_NAME}

    def move(self, message: Message, subject: str, name: str, asked: dict[str, str]) -> Handling:
        if over := asked["over"]:
            return Handling.objects.take_over(message, subject, name, over)
        return Handling.objects.take(message, subject, name)

    def logged(self, asked: dict[str, str]) -> str:
        return "takeover" if asked["over"] else "take"


class ReleaseView(HandlingView):
    operations = {"post": operations.RELEASE}
    action = "release"

    def move(self, message: Message, subject: str, name: str, asked: dict[str, str]) -> Handling:
        return Handling.objects.release(message, subject)


class HandledView(HandlingView):
    operations = {"post": operations.HANDLED}
    action = "handled"
    texts = {"note": MAX_NOTE}

    def move(self, message: Message, subject: str, name: str, asked: dict[str, str]) -> Handling:
        return Handling.objects.finish(message, subject, name, asked["note"])


class ReopenView(HandlingView):
    operations = {"post": operations.REOPEN}
    action = "reopen"

    def move(self, message: Message, subject: str, name: str, asked: dict[str, str]) -> Handling:
        return Handling.objects.reopen(message)
