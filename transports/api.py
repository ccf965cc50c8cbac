"""The API's ``resolve``: what would happen to a message for an address, asked before sending.

Mounted below /api/v1 beside the API's own addresses: it needs the roads, which they do not
know.
"""

from typing import Any

from django.conf import settings
from django.urls import path
from django.utils.timezone import now
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes.api.components import text
from boxes.api.errors import Problem, invalid
from boxes.api.fields import MAX_ADDRESS
from boxes.api.moments import stamp
from boxes.api.schema import Operation
from boxes.api.views.base import BoxView
from boxes.api.views.waiting import places
from transports.base import Refused, Transport
from transports.models import Account
from transports.policy import refusal, refused_among
from transports.registry import transport_for

RESOLVE = Operation(
    "resolve",
    "What would happen to a message for this address",
    "Which road it would take, whether that road is safe and allowed, whether it has an account, "
    "its limits, and what is known of the partner. With `check=true` the partner is asked now, "
    "without sending anything; that takes as long as the partner does. It is not asked where no "
    "message may go, and not while too many wait (503).",
    parameters=(
        {
            "name": "address",
            "in": "query",
            "required": True,
            "schema": text(MAX_ADDRESS, minLength=1),
            "description": "As it would stand in `to`.",
        },
        {
            "name": "check",
            "in": "query",
            "schema": text(enum=["true", "false"]),
            "description": "Whether to ask the partner now.",
        },
    ),
    answer="Resolution",
)


class ResolveView(BoxView):
    right = "send"
    operations = {"get": RESOLVE}
    http_method_names = ["get", "head"]
    parameters = frozenset(("address", "check"))

    def get(self, request, box: str) -> Response:
        address = request.query_params.get("address", "")
        if not address or len(address) > MAX_ADDRESS or "\0" in address:
            raise invalid({"address": [_("Give the address of one recipient.")]})
        check = request.query_params.get("check", "false")
        if check not in ("true", "false"):
            raise invalid({"check": [_("Choose one of: %(names)s.") % {"names": "true, false"}]})
        return Response(self.resolution(address, check == "true"))

    def resolution(self, address: str, check: bool) -> dict[str, Any]:
        try:
            road = transport_for(address, self.box)
        except Refused as error:
            return {**NOWHERE, "address": address, "sentence": str(error)}
        account = Account.objects.for_box(self.box, road.name)
        refused = refused_among([(road, address)], self.box)
        sentence = refusal(road, address) if refused else road.hindrance(address, self.box)
        return {
            "address": address,
            "transport": road.name,
            "title": road.title,
            "safe": road.safe,
            "allowed": not sentence,
            "sentence": sentence,
            "account": account_in_words(road, account),
            "limits": {
                "size": settings.MAX_CONTENT_BYTES,
                "recipients": settings.MAX_RECIPIENTS,
                **road.limits(self.box),
            },
            # Nobody is called for a message that would not go there.
            "partner": self.asked(road, address) if check and not sentence else last_known(account),
        }

    def asked(self, road: Transport, address: str) -> dict[str, Any]:
        if not places.acquire(blocking=False):  # a slow partner holds the thread
            raise Problem(
                _("Too many requests wait at the moment. Try again in a moment."),
                status=503,
                code="busy",
                headers={"Retry-After": "10"},
            )
        try:
            found = {"answers": True, "sentence": road.try_partner(address, self.box)}
        except Refused as error:
            found = {"answers": False, "sentence": str(error)}
        finally:
            places.release()
        return {**found, "checkedAt": stamp(now())}


UNKNOWN = {"answers": None, "sentence": "", "checkedAt": None}
NOWHERE: dict[str, Any] = {
    "transport": None,
    "title": "",
    "safe": False,
    "allowed": False,
    "account": None,
    "limits": {},
    "partner": UNKNOWN,
}


def account_in_words(road: Transport, account: Account | None) -> dict[str, Any] | None:
    """None for roads that need none."""
    if not road.account_fields:
        return None
    return {"exists": account is not None, "own": bool(account and account.box_id)}


def last_known(account: Account | None) -> dict[str, Any]:
    """What the last test of the account's connection found."""
    if account is None or account.tested_at is None:
        return UNKNOWN
    return {
        "answers": not account.test_error,
        "sentence": account.test_error,
        "checkedAt": stamp(account.tested_at),
    }


urlpatterns = [path("<box:box>/resolve", ResolveView.as_view(), name="resolve")]
