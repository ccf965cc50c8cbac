"""Envelopes in: into the box's OUTBOX, or straight into its INBOX."""

import re
from dataclasses import replace

from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import accepted_json
from boxes.api.envelopes import read_envelope, read_legacy
from boxes.api.errors import invalid
from boxes.api.views.base import BoxView
from boxes.envelope import Address, Envelope
from boxes.models import Message

_IDEMPOTENCY_KEY = re.compile(r"[!-~]([ -~]{0,253}[!-~])?", re.ASCII)


class SendingView(BoxView):
    http_method_names = ["post"]

    @property
    def idempotency_key(self) -> str:
        key = self.request.META.get("HTTP_IDEMPOTENCY_KEY")
        if key is None:
            return ""
        if not _IDEMPOTENCY_KEY.fullmatch(key):
            raise invalid({"Idempotency-Key": [_("Give 1 to 255 plain ASCII characters.")]})
        return key

    def accepted(self, message: Message) -> Response:
        message.box = self.box
        return Response({**accepted_json(message, self.caller), "error": []})

    def from_this_box(self, envelope: Envelope, place: str) -> Envelope:
        """Filled in where it is empty; nobody sends in another's name."""
        sender = envelope.sender or Address("")
        if sender.address not in ("", self.box.name):
            raise invalid(
                {place: [_("This has to be “%(box)s”, or empty.") % {"box": self.box.name}]}
            )
        name = sender.display_name or self.box.display_name
        return replace(envelope, sender=Address(self.box.name, name))


class SendView(SendingView):
    """Stores the message in the OUTBOX; a background process sends it from there."""

    operations = {"post": operations.SEND}
    right = "send"

    def post(self, request, box: str) -> Response:
        envelope = self.from_this_box(read_envelope(self.read_json()), "from.address")
        message = Message.objects.post(
            self.box, envelope, caller=self.caller, idempotency_key=self.idempotency_key
        )
        return self.accepted(message)


class DeliverView(SendingView):
    """Puts a message into the INBOX, whoever it is from, for software that receives for the box."""

    operations = {"post": operations.DELIVER}
    right = "deliver"

    def post(self, request, box: str) -> Response:
        envelope = read_envelope(self.read_json())
        message = Message.objects.receive(
            self.box,
            replace(envelope, sender=envelope.sender or Address("")),
            source="api",
            through=self.caller.title[:255],
            caller=self.caller,
            idempotency_key=self.idempotency_key,
        )
        return self.accepted(message)


class LegacySendView(SendingView):
    """The form that older clients send in."""

    operations = {"post": operations.LEGACY_SEND}
    right = "send"

    def post(self, request, box: str) -> Response:
        envelope = self.from_this_box(read_legacy(self.read_json()), "from_username")
        message = Message.objects.post(
            self.box, envelope, caller=self.caller, idempotency_key=self.idempotency_key
        )
        return Response({"message_id": message.xuid, "error": []})
