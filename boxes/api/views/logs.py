"""Who saw or changed a message."""

from itertools import chain
from operator import attrgetter

from rest_framework.response import Response

from boxes.api import operations
from boxes.api.moments import stamp
from boxes.api.views.base import BoxView
from boxes.models import LogEntry


class LogView(BoxView):
    """The entries about a message, newest first; also of the lists that it was shown in."""

    operations = {"get": operations.LOG}
    right = "manage"
    MOST = 1000

    def get(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid, even_closed=True)
        log = LogEntry.objects
        # Each half by an index of its own; together in one query neither would be used.
        halves = [
            half.order_by("-id")[: self.MOST] for half in (log.about(message), log.showing(message))
        ]
        entries = sorted(chain(*halves), key=attrgetter("id"), reverse=True)[: self.MOST]
        answer = [_entry(entry) for entry in entries]
        self.log("log", message)
        return Response(answer)


def _entry(entry: LogEntry) -> dict:
    return {
        "at": stamp(entry.at),
        "who": entry.subject,
        "name": entry.subject_name,
        "onBehalfOf": entry.on_behalf,
        "action": entry.action,
        "outcome": entry.outcome,
        "address": entry.address,
        "detail": entry.detail,
        "accessGivenBy": entry.through,
    }
