"""In which format a request is read, and in which it is answered: ServiceStack's rules.

Where the original would show an HTML page, JSON is given.
"""

import re
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from transports.communicationhub.binding import WRONG, Fault, Unfit
from transports.communicationhub.formats import FORMATS, JSON, Format, form, format_named, format_of
from transports.communicationhub.formats.raw import Raw, Unreadable
from transports.communicationhub.operations import GET_STATUS, Operation

_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9._]")


@dataclass(frozen=True)
class Call:
    """One call of an operation. ``prefix`` is the format of a predefined route, such as
    ``/jsv/reply/SendSMS``; ``suffix`` that of a route such as ``/SMS/Send.jsv``."""

    request: HttpRequest
    operation: Operation
    prefix: Format | None = None
    suffix: Format | None = None

    @property
    def callback(self) -> str:
        """The function that the answer is put into (JSONP); empty for none. It is for asking
        alone, and only where an administrator switched it on: any page can read it."""
        if self.operation is not GET_STATUS or not settings.COMMUNICATIONHUB_JSONP:
            return ""
        return _NOT_IN_A_NAME.sub("_", self.request.GET.get("callback", ""))

    @property
    def answered_in(self) -> Format:
        if self.suffix:
            return self.suffix
        if self.callback:
            return JSON
        return (
            format_named(self.request.GET.get("format", ""))
            or self.prefix
            or self._accepted
            or JSON
        )

    @property
    def media_type(self) -> str:
        """What the answer is called: a caller who names an alias gets that."""
        chosen = self.answered_in
        aliases = chosen.media_types[1:]
        if self.prefix is chosen and chosen.name == "jsv":
            return aliases[0]
        for asked, _quality in self._asked:
            if asked in aliases and not (self.suffix or self.prefix):
                return asked
        return chosen.media_types[0]

    @property
    def _accepted(self) -> Format | None:
        """By quality; among equals the body's own format, then the order of the formats."""
        own = self._body_format
        best, best_rank = None, (0.0, False, 0)
        for asked, quality in self._asked:
            found = own if asked == "*/*" else format_of(asked)
            if found is None or quality <= 0:
                continue
            rank = (quality, found is own, -FORMATS.index(found))
            if best is None or rank > best_rank:
                best, best_rank = found, rank
        return best

    @property
    def _asked(self) -> list[tuple[str, float]]:
        """The media types of Accept with their quality."""
        asked = []
        for part in self.request.headers.get("Accept", "").split(","):
            media_type, *parameters = (item.strip().lower() for item in part.split(";"))
            quality = next((item[2:] for item in parameters if item.startswith("q=")), "1")
            asked.append((media_type, _number(quality)))
        return asked

    @property
    def _body_format(self) -> Format | None:
        return format_of(self.request.headers.get("Content-Type", ""))

    def read(self, body: bytes) -> tuple[Raw, Raw]:
        """The members of the body and of the query string. Raises Unfit."""
        try:
            query = form.read_query(self.request.META.get("QUERY_STRING", ""))
            return (query if self.operation.method == "GET" else self._read(body)), query
        except Unreadable as error:
            raise Unfit(Fault(WRONG, "", str(error))) from error

    def _read(self, body: bytes) -> Raw:
        """Raises Unreadable."""
        content_type = self.request.headers.get("Content-Type", "")
        if form.is_form(content_type):
            return form.read(body, content_type)
        found = self.prefix or (self._body_format if content_type else JSON)
        if found is None and body.strip():
            raise Unreadable(
                f"The body is “{content_type[:100]}”. Send JSON, XML, JSV, CSV or a form."
            )
        return found.read(body, self.operation) if found else Raw({})


def _number(text: str) -> float:
    return float(text) if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", text) else 0.0
