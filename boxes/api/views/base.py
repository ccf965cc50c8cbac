"""What every view of the API does first: who asks, which box, may they."""

from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from boxes import refusals
from boxes.api import throttles
from boxes.api.errors import Problem, invalid, not_found
from boxes.api.json import JSONRenderer, loads, read_body
from boxes.caller_address import caller_address
from boxes.models import ApiKey, Box, LogEntry, Message

_RENDERER = JSONRenderer()


NOTHING_RUNS = "default-src 'none'; frame-ancestors 'none'"


class ApiView(APIView):
    """Answers in JSON whatever was asked for, never from a cache, in English by default."""

    http_method_names = ["get", "post", "put", "delete", "head"]
    metadata_class = None
    # Query parameters that this address knows; any other is refused.
    parameters: frozenset[str] = frozenset()

    def perform_content_negotiation(self, request, force=False) -> tuple[JSONRenderer, str]:
        return _RENDERER, _RENDERER.media_type

    def initial(self, request, *args, **kwargs) -> None:
        if "HTTP_ACCEPT_LANGUAGE" not in request.META:
            translation.activate("en")
        request.accepted_renderer, request.accepted_media_type = _RENDERER, _RENDERER.media_type
        request.version = request.versioning_scheme = None
        if self.authentication_classes:
            self.caller: ApiKey = request.user
        self.check_parameters(request)

    def check_parameters(self, request) -> None:
        """A mistyped parameter must never be taken for none."""
        unknown = set(request.query_params) - self.parameters
        if unknown:
            raise invalid({name: [_("This parameter is not known here.")] for name in unknown})

    def http_method_not_allowed(self, request, *args, **kwargs):
        raise Problem(
            _("This address does not know the method %(method)s; it knows %(known)s.")
            % {"method": request.method, "known": ", ".join(self.allowed_methods)},
            status=405,
            code="method_not_allowed",
        )

    def finalize_response(self, request, response, *args, **kwargs):
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Cache-Control"] = "no-store"
        response.setdefault("Content-Security-Policy", NOTHING_RUNS)
        return response

    @property
    def address(self) -> str:
        return caller_address(self.request._request)[:45]

    def read_json(self, *, optional: bool = False) -> dict[str, Any]:
        """The body as an object; without one an empty object where it is optional."""
        if self.request.META.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
            sentence = _("The body is compressed. Send it as it is, without Content-Encoding.")
            raise Problem(sentence, code="malformed")
        raw = read_body(self.request._request)
        if optional and not raw.strip():
            return {}
        if not raw.strip():
            raise Problem(_("The body is empty. Give a JSON object: { … }."), code="malformed")
        value = loads(raw)
        if not isinstance(value, dict):
            raise Problem(_("The body has to be a JSON object: { … }."), code="malformed")
        return value


class BoxView(ApiView):
    """A view below one box, for a caller who holds ``right`` on it."""

    right = "read"

    def initial(self, request, *args, **kwargs) -> None:
        super().initial(request, *args, **kwargs)
        self.box = self.opened(kwargs["box"])

    def opened(self, name: str) -> Box:
        """The box. One that this caller may not open is answered as one that is not there."""
        box = Box.objects.opened(name, self.caller)
        if box is None:
            self.refuse("box_not_open", name)
            raise not_found(_("There is no box “%(name)s”.") % {"name": name})
        if not box.allows(self.caller, self.right):
            self.refuse("right_missing", name, detail=self.right)
            raise Problem(
                _("This API key may not %(right)s in the box “%(name)s”.")
                % {"right": self.right, "name": name},
                status=403,
                code="right_missing",
            )
        return box

    def refuse(self, outcome: str, box_name: str, detail: str = "") -> None:
        """Log and count a refusal. Raises Problem when there were too many of them."""
        refusals.record(
            outcome, caller=self.caller, address=self.address, box_name=box_name, detail=detail
        )
        throttles.count_refusal(self.address)

    def message(self, xuid: str, *, even_closed: bool = False) -> Message:
        """The message of this box with its box loaded. Raises Problem when there is none, Closed
        where only a stub of it is left."""
        message = Message.objects.named(self.box, xuid)
        if message is None:
            raise not_found(_("There is no such message in this box."))
        if not even_closed:
            message.refuse_closed()
        return message

    def log(self, action: str, message: Message | None = None, **facts: Any) -> None:
        """Write down that the caller saw or changed this."""
        LogEntry.objects.record(
            action, caller=self.caller, box=self.box, message=message, address=self.address, **facts
        )
