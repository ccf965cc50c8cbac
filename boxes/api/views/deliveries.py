"""A sent message on its way: send again what failed, settle what is uncertain."""

from django.db import transaction
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import deliveries_of
from boxes.api.errors import Problem, not_found
from boxes.api.fields import Fields
from boxes.api.views.base import BoxView
from boxes.api.views.messages import moved_json
from boxes.errors import WrongStatus
from boxes.models import Delivery, Message


class ResendView(BoxView):
    operations = {"post": operations.RESEND}
    http_method_names = ["post"]
    right = "send"

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        Fields(self.read_json(optional=True)).check()  # nobody is chosen: all that failed
        with transaction.atomic():
            message.resend()
            self.log("resend", message)
        return under_way(message)


class SettleView(BoxView):
    """Takes the decision of a person about a delivery that may have arrived."""

    operations = {"post": operations.SETTLE}
    http_method_names = ["post"]
    right = "send"

    def post(self, request, box: str, xuid: str, n: int) -> Response:
        message = self.message(xuid)
        arrived = self._decision()
        delivery = message.deliveries.filter(n=n).first()
        if delivery is None:
            raise not_found(_("This message has no delivery %(n)d.") % {"n": n})
        if delivery.status != Delivery.Status.UNCERTAIN:
            raise WrongStatus(_("This delivery is not uncertain."))
        with transaction.atomic():
            if arrived:
                delivery.confirm()
            else:
                delivery.send_again()
            self.log("settle", message, detail=f"{n}: {'arrived' if arrived else 'resend'}")
        message.refresh_from_db(fields=["status"])
        return under_way(message)

    def _decision(self) -> bool:
        body = self.read_json()
        chosen = [name for name in ("arrived", "resend") if body.get(name) is True]
        if len(chosen) != 1 or set(body) != set(chosen):
            raise Problem(_("Give either {“arrived”: true} or {“resend”: true}."))
        return chosen == ["arrived"]


def under_way(message: Message) -> Response:
    deliveries = deliveries_of([message.pk])[message.pk]
    return Response({**moved_json(message), "deliveries": deliveries})
