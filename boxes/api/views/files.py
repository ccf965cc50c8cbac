"""Contents as they are: the message's own, and its attachments, always as a download."""

from collections.abc import Iterator
from itertools import chain

from django.http import HttpResponseBase, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from boxes.api import operations
from boxes.api.errors import not_found
from boxes.api.fields import is_mime_type
from boxes.api.views.base import BoxView
from boxes.file_names import ending_of


class ContentView(BoxView):
    operations = {"get": operations.CONTENT}

    def get(self, request, box: str, xuid: str) -> HttpResponseBase:
        message = self.message(xuid)
        self.log("content", message)
        name = f"{message.xuid}{ending_of(message.content_type)}"
        return download(message.open_content(), message.content.size, message.content_type, name)


class AttachmentView(BoxView):
    operations = {"get": operations.ATTACHMENT}

    def get(self, request, box: str, xuid: str, n: int) -> HttpResponseBase:
        message = self.message(xuid)
        part = message.attachments.select_related("content").filter(position=n).first()
        if part is None:
            raise not_found(_("This message has no attachment %(n)d.") % {"n": n})
        self.log("attachment", message, detail=str(n))
        name = part.filename or f"{message.xuid}-{n}{ending_of(part.content_type)}"
        return download(part.chunks(), part.size, part.content_type, name)


def download(
    pieces: Iterator[bytes], size: int, content_type: str, name: str
) -> StreamingHttpResponse:
    """Bytes with their own type that no browser will show, run or keep."""
    first = next(pieces, b"")  # a content that cannot be read is a fault, not half an answer
    response = StreamingHttpResponse(
        chain([first], pieces),
        content_type=content_type if is_mime_type(content_type) else "application/octet-stream",
        headers={
            "Content-Length": str(size),
            "Content-Disposition": content_disposition_header(True, _plain(name)),
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "X-Content-Type-Options": "nosniff",
        },
    )
    return response


def _plain(name: str) -> str:
    """On one line, and no path: whoever saves it under this name stays in one folder."""
    return "".join(
        letter if letter.isprintable() and letter not in "/\\" else "_" for letter in name
    )
