"""The list of a box: by query string, or by a JSON body that keeps names out of addresses."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponseBase, StreamingHttpResponse
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import COLUMNS, messages_json
from boxes.api.cursors import cursor_at, read_cursor
from boxes.api.filters import Paging, Selection, read_object, read_query
from boxes.api.json import dumps
from boxes.api.pages import Walk
from boxes.api.views.base import BoxView
from boxes.api.views.waiting import WaitingView, leave_database

# Rows in memory at a time while a whole list goes out; also the page of a bare cursor.
CHUNK = 500
DEFAULT_LIMIT = 100


class ListView(WaitingView):
    """Answers a page where one is asked for, else every match."""

    operations = {"get": operations.LIST}

    def check_parameters(self, request) -> None:
        """Done by the filters: names that begin with an underscore are properties."""

    def get(self, request, box: str) -> HttpResponseBase:
        return self.listed(*read_query(self.box, request.query_params))

    def listed(self, selection: Selection, paging: Paging) -> HttpResponseBase:
        before = read_cursor(paging.cursor, selection.context) if paging.cursor else None
        paged = paging.limit is not None or paging.cursor
        limit = paging.limit or (DEFAULT_LIMIT if paged else CHUNK)
        rows, following = self.page(selection, limit, before, paging.wait)
        if paged:
            response = Response(self.disclosed(rows, selection))
            if following is not None:
                cursor = cursor_at(following, selection.context)
                response["Link"] = f'<{self.address_of_next(cursor, limit)}>; rel="next"'
            return response
        if following is None:
            return Response(self.disclosed(rows, selection))
        return StreamingHttpResponse(
            self.chunks(selection, rows, following), content_type="application/json"
        )

    def page(
        self, selection: Selection, limit: int, before: int | None, wait: float
    ) -> tuple[list[tuple], int | None]:
        """A page; an empty one only after so many seconds, when there is room to wait."""
        return self.awaited(lambda: Walk(selection, COLUMNS).page(limit, before), any, wait)

    def disclosed(self, rows: list[tuple], selection: Selection) -> list[dict]:
        """The messages, after the log knows that the caller sees them."""
        messages = messages_json(rows, self.box, self.caller)
        if messages:
            patient = selection.value_of("patient_hash") or ""
            self.log("list", xuids=[message["xuid"] for message in messages], patient=patient)
        return messages

    def chunks(
        self, selection: Selection, rows: list[tuple], following: int | None
    ) -> Iterator[bytes]:
        """The whole list as one JSON array, in constant memory."""
        walk, opening = Walk(selection, COLUMNS), b"["
        while True:
            if rows:
                piece = opening + dumps(self.disclosed(rows, selection))[1:-1]
                leave_database()
                yield piece
                opening = b","
            if following is None:
                break
            rows, following = walk.page(CHUNK, following)
        yield b"]" if opening == b"," else b"[]"

    def address_of_next(self, cursor: str, limit: int) -> str:
        query = [
            (name, value)
            for name, values in self.request.query_params.lists()
            for value in values
            if name not in ("cursor", "limit", "wait")
        ]
        query += [("limit", str(limit)), ("cursor", cursor)]
        return f"{settings.BASE_URL}{self.request.path}?{urlencode(query)}"


class SearchView(ListView):
    """The same list; the filters come in the body, so that none stands in an address or log."""

    operations = {"post": operations.SEARCH}
    http_method_names = ["post"]
    parameters = frozenset(("limit", "cursor"))

    def check_parameters(self, request) -> None:
        """In the address stands at most where to go on."""
        BoxView.check_parameters(self, request)

    def post(self, request, box: str) -> HttpResponseBase:
        asked = {**self.read_json(), **request.query_params.dict()}
        return self.listed(*read_object(self.box, asked))
