"""The API's ``view``: a message as HTML, for software that shows it in a page of its own."""

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext as _
from rest_framework.response import Response

from boxes import tokens
from boxes.api import operations
from boxes.api.answers import viewer_address
from boxes.api.errors import Problem, invalid
from boxes.api.views.base import BoxView
from boxes.models import Message
from viewer import headers, pages
from viewer.asked import LANGUAGES, Asked
from viewer.jobs import EMBED
from viewer.opening import Opening
from viewer.presentation import present
from viewer.sandbox import Busy

JSON, HTML = "application/json", "text/html"
CHOICES = {"lang": LANGUAGES, "plain": ("1",)}


class MessageViewView(BoxView):
    operations = {"get": operations.VIEW}
    http_method_names = ["get", "head"]
    parameters = frozenset(("lang", "plain"))

    def check_parameters(self, request) -> None:
        super().check_parameters(request)
        faults = {
            name: [_("Choose one of: %(names)s.") % {"names": ", ".join(known)}]
            for name, known in CHOICES.items()
            if not set(request.query_params.getlist(name)) <= set(known)
        }
        if faults:
            raise invalid(faults)

    def get(self, request, box: str, xuid: str) -> HttpResponseBase:
        message = self.message(xuid)
        asked = Asked.of(request._request, mode=EMBED)
        jwt = tokens.mint_page(message, self.caller.subject)
        opening = Opening(self.caller, message, tokens.read_page(jwt, box, xuid))
        fragment = self._fragment(message, opening, asked)
        self.log("view", message, detail="api")
        if request._request.get_preferred_type([JSON, HTML]) == HTML:
            response = HttpResponse(pages.bare_document(fragment, message, asked))
            response["Content-Language"] = asked.language
            return headers.for_fragment(response, "", ())
        url = f"{viewer_address(self.box)}{message.xuid}?jwt={jwt}"
        return Response(
            {
                "contentType": HTML,
                "html": fragment,
                "viewerUrl": None if self.box.requires_user else url,
            }
        )

    def _fragment(self, message: Message, opening: Opening, asked: Asked) -> str:
        try:
            shown = present(message, asked)
        except Busy as error:
            raise Problem(
                _("Many messages are being opened at once. Try again in a moment."),
                status=503,
                code="busy",
                headers={"Retry-After": "3"},
            ) from error
        return pages.fragment(opening, asked, shown)
