"""Webhooks in the API: for who may manage the box.

Mounted below /api/v1 beside the API's own addresses, which know nothing of how they are posted.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import path
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api.errors import Problem, invalid, not_found
from boxes.api.events import cursor_at, place_after
from boxes.api.fields import Fields
from boxes.api.moments import stamp
from boxes.api.schema import Operation
from boxes.api.views.base import BoxView
from boxes.api.views.waiting import places
from boxes.encryption import Undecryptable
from boxes.models import Box, Change
from boxes.models.change import Position
from transports.webhooks.model import MAX_URL, MOST_A_BOX, Webhook, validate_url
from transports.webhooks.posting import NotTaken
from transports.webhooks.telling import start_telling, try_out

LIST = Operation(
    "listWebhooks",
    "The webhooks of a box, and how they are doing.",
    answer="Webhook",
    answers_list=True,
)
ADD = Operation(
    "addWebhook",
    "Have what happens in a box posted to an https address.",
    "The answer holds the secret that the posts are signed with; it is shown this once.",
    body="NewWebhook",
    answer="WebhookWithSecret",
    refusals=(409, 410, 413),
)
GET = Operation("getWebhook", "One webhook.", answer="Webhook")
CHANGE = Operation(
    "changeWebhook",
    "Turn a webhook on or off, give it another address, or another place to go on from.",
    "What is left out stays. Turned on, it goes on from where it stopped.",
    body="WebhookChange",
    answer="Webhook",
    refusals=(409, 410, 413),
)
REMOVE = Operation("removeWebhook", "Remove a webhook.", answer="Webhook")
TEST = Operation(
    "testWebhook",
    "Post an event of the type webhook.test, now, and tell what the receiver answered.",
    answer="WebhookTest",
)


class WebhooksView(BoxView):
    operations = {"get": LIST, "post": ADD}
    right = "manage"

    def get(self, request, box: str) -> Response:
        return Response([webhook_json(item, self.box) for item in of_box(self.box)])

    def post(self, request, box: str) -> Response:
        fields = Fields(self.read_json())
        url, active = read_url(fields, required=True), read_active(fields)
        place = read_place(fields, self.box) or Change.objects.present(self.box)
        with transaction.atomic():
            Box.objects.select_for_update().get(pk=self.box.pk)
            if of_box(self.box).count() >= MOST_A_BOX:
                sentence = _("A box has at most %(limit)d webhooks.") % {"limit": MOST_A_BOX}
                raise invalid({"": [sentence]})
            webhook = Webhook(box=self.box, url=url, key=self.caller)
            webhook.position = place
            webhook.active = active is not False
            secret = webhook.draw_secret()
            webhook.save(force_insert=True)
            self.log("webhook add", detail=f"to {webhook.host}")
        start_telling()
        return Response({**webhook_json(webhook, self.box), "secret": secret})


class WebhookView(BoxView):
    operations = {"get": GET, "put": CHANGE, "delete": REMOVE}
    right = "manage"

    def get(self, request, box: str, webhook: str) -> Response:
        return Response(webhook_json(self.webhook(webhook), self.box))

    def put(self, request, box: str, webhook: str) -> Response:
        found = self.webhook(webhook)
        fields = Fields(self.read_json())
        url, active = read_url(fields), read_active(fields)
        place = read_place(fields, self.box)
        with transaction.atomic():
            if url and url != found.url:
                found.move_to(url, self.caller)
            if active is False:
                found.turn_off()
            elif active or place:
                found.turn_on(place)
            self.log("webhook change", detail=f"to {found.host}")
        start_telling()
        return Response(webhook_json(found, self.box))

    def delete(self, request, box: str, webhook: str) -> Response:
        found = self.webhook(webhook)
        last = webhook_json(found, self.box)
        with transaction.atomic():
            found.delete()
            self.log("webhook remove", detail=f"to {found.host}")
        return Response(last)

    def webhook(self, xuid: str) -> Webhook:
        """Raises Problem when there is none."""
        found = of_box(self.box).filter(xuid=xuid).first()
        if found is None:
            raise not_found(_("There is no such webhook in this box."))
        found.box = self.box
        return found


class WebhookTestView(WebhookView):
    operations = {"post": TEST}
    http_method_names = ["post"]

    def post(self, request, box: str, webhook: str) -> Response:
        found = self.webhook(webhook)
        if not places.acquire(blocking=False):  # a slow receiver holds the thread
            raise Problem(
                _("Too many requests wait at the moment. Try again in a moment."),
                status=503,
                code="busy",
                headers={"Retry-After": "10"},
            )
        try:
            answer: dict[str, Any] = {"taken": True, "status": try_out(found), "error": None}
        except NotTaken as error:
            answer = {"taken": False, "status": error.status, "error": str(error)}
        except Undecryptable as error:
            answer = {"taken": False, "status": None, "error": str(error)}
        finally:
            places.release()
        self.log("webhook test", detail=f"to {found.host}")
        return Response(answer)


def of_box(box: Box):
    return Webhook.objects.filter(box=box).order_by("pk")


def webhook_json(webhook: Webhook, box: Box) -> dict[str, Any]:
    return {
        "id": webhook.xuid,
        "url": webhook.url,
        "active": webhook.active,
        "createdAt": stamp(webhook.created_at),
        "lastSuccessAt": stamp(webhook.succeeded_at),
        "waiting": webhook.waiting,
        "attempts": webhook.attempts,
        "nextAttemptAt": stamp(webhook.next_attempt_at),
        "error": webhook.error or None,
        "cursor": cursor_at(webhook.position, box),
    }


# -- what a body may say --


def read_url(fields: Fields, *, required: bool = False) -> str:
    url = fields.text("url", MAX_URL, required=required, control=False).strip()
    if url:
        try:
            validate_url(url)
        except ValidationError as error:
            for sentence in error.messages:
                fields.fault("url", sentence)
    elif fields.members.get("url") is not None and "url" not in fields.faults:
        fields.fault("url", _("This is required."))
    return url


def read_active(fields: Fields) -> bool | None:
    active = fields.value("active")
    if active is not None and not isinstance(active, bool):
        fields.fault("active", _("Give this as true or false."))
        return None
    return active


def read_place(fields: Fields, box: Box) -> Position | None:
    """Where to begin: a cursor, or now; read last. Raises Problem for all that was wrong."""
    after = fields.text("after", 100)
    fields.check()
    return place_after(after, box) if after else None


urlpatterns = [
    path("<box:box>/webhooks", WebhooksView.as_view(), name="webhooks"),
    path("<box:box>/webhooks/<xuid:webhook>", WebhookView.as_view(), name="webhook"),
    path("<box:box>/webhooks/<xuid:webhook>/test", WebhookTestView.as_view(), name="webhook_test"),
]
