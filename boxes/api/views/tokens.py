"""A fresh token for one message, for a named person, place and patient."""

import ipaddress
import re
import time
from datetime import UTC, datetime

from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes import tokens
from boxes.api import operations
from boxes.api.answers import viewer_address
from boxes.api.errors import Problem, invalid
from boxes.api.fields import Fields
from boxes.api.moments import stamp
from boxes.api.views.base import BoxView

_BSN = re.compile(r"\d{8,9}", re.ASCII)
_BIRTH_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
MAX_PERSON = 200


class TokenView(BoxView):
    operations = {"post": operations.TOKEN}
    http_method_names = ["post"]

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        fields = Fields(self.read_json(optional=True))
        person = person_in(fields)
        place, patient = _place(fields), _patient(fields)
        fields.check()
        if self.box.requires_user and not (person and person.get("id")):
            raise Problem(
                _("This box gives tokens only for a named person: give user.id."),
                code="user_required",
                fields={"user.id": [_("This is required.")]},
            )
        issued = int(time.time())
        network = tokens.network(place) if place else ""
        jwt = tokens.mint_page(
            message, self.caller.subject, now=issued, ip=network, ctx=patient, obo=person
        )
        if len(jwt) > tokens.MAX_LENGTH:
            raise invalid({"user": [_("This is too long for a token.")]})
        self.log("token", message, on_behalf=person, detail=f"viewerIp {place}" if place else "")
        expires = datetime.fromtimestamp(issued + self.box.token_lifetime, UTC)
        return Response(
            {
                "jwt": jwt,
                "viewerUrl": f"{viewer_address(self.box)}{message.xuid}?jwt={jwt}",
                "expiresAt": stamp(expires),
            }
        )


def person_in(fields: Fields) -> dict[str, str] | None:
    user = fields.member("user")
    if user is None:
        return None
    person = {name: user.text(name, MAX_PERSON) for name in ("id", "name", "role")}
    return {name: value for name, value in person.items() if value} or None


def _place(fields: Fields) -> str:
    """Where the reader is, as the caller says."""
    address = fields.text("viewerIp", 45).strip()
    if not address:
        return ""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        fields.fault("viewerIp", _("This is no IP address."))
        return ""


def _patient(fields: Fields) -> str:
    patient = fields.member("patient")
    if patient is None:
        return ""
    bsn, birth_date = patient.text("bsn", 9), patient.text("birthDate", 10)
    if not _BSN.fullmatch(bsn):
        patient.fault("bsn", _("Give 8 or 9 digits."))
    if not _BIRTH_DATE.fullmatch(birth_date):
        patient.fault("birthDate", _("Write this as 1980-12-31."))
    return tokens.patient_context(bsn, birth_date)
