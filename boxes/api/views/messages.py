"""One message: all of it, and what can be done with it."""

from django.db import transaction
from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from rest_framework.response import Response

from boxes.api import operations
from boxes.api.answers import message_json, moved_from_json
from boxes.api.fields import Fields
from boxes.api.moments import stamp
from boxes.api.views.base import BoxView
from boxes.api.whole import LARGE, whole_json
from boxes.models import Message


class MessageView(BoxView):
    """The message with its content and attachments."""

    operations = {"get": operations.READ}

    def get(self, request, box: str, xuid: str) -> HttpResponseBase:
        message = self.message(xuid)
        self.log("read", message)
        answer = message_json(message, self.caller) | {"movedFrom": moved_from_json(message)}
        pieces = whole_json(message, answer)
        if message.size > LARGE:
            return StreamingHttpResponse(pieces, content_type="application/json")
        return HttpResponse(b"".join(pieces), content_type="application/json")


class MoveView(BoxView):
    """Something that is done to a message, and logged together with it."""

    http_method_names = ["post"]
    action = ""

    def move(self, message: Message) -> None:
        raise NotImplementedError

    def post(self, request, box: str, xuid: str) -> Response:
        message = self.message(xuid)
        with transaction.atomic():
            self.move(message)
            self.log(self.action, message)
        return Response(moved_json(message))


class ArchiveView(MoveView):
    """By GET as well: that is how older clients ask for it."""

    operations = {"get": operations.ARCHIVE_BY_GET, "post": operations.ARCHIVE}
    http_method_names = ["get", "post"]
    action = "archive"

    def get(self, request, box: str, xuid: str) -> Response:
        return self.post(request, box, xuid)

    def move(self, message: Message) -> None:
        message.archive()


class UnarchiveView(ArchiveView):
    operations = {"get": operations.UNARCHIVE_BY_GET, "post": operations.UNARCHIVE}
    action = "unarchive"

    def move(self, message: Message) -> None:
        message.unarchive()


class MarkView(MoveView):
    """By the key: nobody is named, for the log would not tell who it was."""

    def post(self, request, box: str, xuid: str) -> Response:
        Fields(self.read_json(optional=True)).check()
        return super().post(request, box, xuid)


class MarkReadView(MarkView):
    operations = {"post": operations.MARK_READ}
    action = "mark_read"

    def move(self, message: Message) -> None:
        message.mark_read()
        message.refresh_from_db(fields=["read_at"])


class MarkUnreadView(MarkView):
    operations = {"post": operations.MARK_UNREAD}
    action = "mark_unread"

    def move(self, message: Message) -> None:
        message.mark_unread()
        message.read_at = None


def moved_json(message: Message) -> dict:
    """Where a message stands after a move; nothing of what is in it."""
    return {
        "xuid": message.xuid,
        "direction": message.direction,
        "status": message.status,
        "read": message.read_at is not None,
        "readAt": stamp(message.read_at),
        "error": [],
    }
