"""The pages and files behind a token."""

from collections.abc import Iterable
from itertools import chain

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.views.decorators.http import require_safe

from boxes import theme, tokens
from boxes.models import Attachment
from boxes.tokens import FileToken, TokenRefused
from viewer import archive, files, headers, pages, presentation
from viewer.asked import Asked, token_of
from viewer.door import door
from viewer.errors import error_page
from viewer.jobs import EMBED, Taken
from viewer.opening import Opening, open_message
from viewer.presentation import present
from viewer.sandbox import Busy, Failed, Unreachable

HEAD_BYTES = 4096


@door("GET", "HEAD", "POST")
def message(request: HttpRequest, box: str, xuid: str) -> HttpResponseBase:
    """Show one message to whoever holds a token for it."""
    token = tokens.read_page(token_of(request), box, xuid)
    opening = open_message(token)
    asked = Asked.of(request)
    if request.method == "HEAD":
        return pages.finished(HttpResponse(), request, opening, asked)
    try:
        shown = present(opening.message, asked)
    except Busy:
        return pages.waiting(request, opening, asked)
    response = pages.message_page(request, opening, asked, shown)
    opening.record(request, "view", detail=asked.mode)
    if asked.mode != EMBED and opening.message.read_at is None:
        opening.message.mark_read()
    return response


@door("GET", "HEAD")
def attachment(request: HttpRequest, box: str, xuid: str, position: int) -> HttpResponseBase:
    """One attachment, in the page where its kind allows that, else as a download."""
    opening = _open_file(request, box, xuid, position)
    found = opening.message.attachments.select_related("content").filter(position=position).first()
    if found is None:
        return _inner_file(request, opening, position)
    name = files.safe_name(found.filename, position)
    form = files.form_of(found.content_type, _head(found), found.size)
    chunks, size = found.chunks(), found.size
    asked_inline = form.inline and not Asked.of(request).download
    if form.drawn and not Asked.of(request).download:
        return _drawn(request, opening, name, form, found.body())
    if form.content_type == files.UTF8_TEXT and asked_inline:
        text = files.as_utf8(found.body(), found.content_type)
        chunks, size = iter([text]), len(text)
    return _sent(request, opening, name, form, chunks, size)


def _inner_file(
    request: HttpRequest, opening: Opening[FileToken], position: int
) -> HttpResponseBase:
    """A file in the content, numbered on after those that came beside it."""
    message = opening.message
    which = position - pages.last_position(Attachment.objects.of(message)) - 1
    if which < 0:
        raise TokenRefused("file_gone", message.box.name)
    if kind := presentation.is_file(message):
        if which:
            raise TokenRefused("file_gone", message.box.name)
        name = files.original_name(message.xuid, kind)
        head = presentation.head_of(message, HEAD_BYTES)
        form = files.form_of(kind, head, message.content.size)
        return _sent(request, opening, name, form, message.open_content(), message.content.size)
    try:
        taken = presentation.take(message, which)
    except (Busy, Unreachable):
        return error_page(request, "unavailable", message.box.name)
    except Failed:
        taken = Taken()
    if not taken.content:
        raise TokenRefused("file_gone", message.box.name)
    name = files.full_name(taken.name, taken.content_type, position)
    content = taken.content
    form = files.form_of(taken.content_type, content[:HEAD_BYTES], len(content))
    if form.drawn and not Asked.of(request).download:
        return _drawn(request, opening, name, form, content)
    if form.content_type == files.UTF8_TEXT and form.inline and not Asked.of(request).download:
        content = files.as_utf8(content, taken.content_type)
    return _sent(request, opening, name, form, iter([content]), len(content))


def _sent(
    request: HttpRequest,
    opening: Opening[FileToken],
    name: str,
    form: files.Form,
    chunks: Iterable[bytes],
    size: int,
) -> HttpResponseBase:
    """In the page where its kind allows that and nobody asked for a download."""
    if not form.inline or Asked.of(request).download:
        return headers.for_download(_file(request, opening, chunks, size, files.OCTETS), name)
    response = _file(request, opening, chunks, size, form.content_type)
    return headers.for_inline(response, name, opening.message.box.origins)


def _drawn(
    request: HttpRequest,
    opening: Opening[FileToken],
    name: str,
    form: files.Form,
    content: bytes,
) -> HttpResponseBase:
    """A fax or a bitmap as a page of pictures; what cannot be drawn is a download."""
    message = opening.message
    try:
        shown = presentation.draw(message, content, form.drawn, Asked.of(request))
    except (Busy, Unreachable):
        return error_page(request, "unavailable", message.box.name)
    except Failed:
        form = files.Form(files.OCTETS, inline=False)
        return _sent(request, opening, name, form, iter([content]), len(content))
    response = pages.drawn_page(request, opening, name, shown)
    if request.method != "HEAD":
        opening.record(request, "download", detail=request.path_info.rpartition("/")[2])
    return response


@door("GET", "HEAD")
def raw(request: HttpRequest, box: str, xuid: str) -> HttpResponseBase:
    """The content exactly as it was received, always as a download."""
    opening = _open_file(request, box, xuid, "raw")
    message = opening.message
    chunks, size = message.open_content(), message.content.size
    response = _file(request, opening, chunks, size, files.OCTETS)
    return headers.for_download(response, files.original_name(message.xuid, message.content_type))


@door("GET", "HEAD")
def everything(request: HttpRequest, box: str, xuid: str) -> HttpResponseBase:
    """The content and the files that came beside it, each as it was received, in one archive."""
    opening = _open_file(request, box, xuid, "all")
    message = opening.message
    rows = Attachment.objects.of(message)
    response = _file(request, opening, archive.of(message, rows), None, files.OCTETS)
    return headers.for_download(response, f"{message.xuid}.zip")


@require_safe
def theme_sheet(request: HttpRequest, code: str) -> HttpResponse:
    """The style sheet of a theme, whose values stand in the address: it never changes."""
    try:
        sheet = theme.css(theme.decoded(code))
    except ValueError as error:
        raise Http404 from error
    return headers.for_sheet(HttpResponse(sheet, content_type="text/css; charset=utf-8"))


def _open_file(request: HttpRequest, box: str, xuid: str, which: int | str) -> Opening[FileToken]:
    token = tokens.read_file(token_of(request), box, xuid, which)
    return open_message(token)


def _head(found: Attachment) -> bytes:
    return next(iter(found.chunks()), b"")[:HEAD_BYTES]


def _file(
    request: HttpRequest,
    opening: Opening[FileToken],
    chunks: Iterable[bytes],
    size: int | None,
    content_type: str,
) -> HttpResponseBase:
    """The bytes, in pieces; an opening is logged before the first of them leaves."""
    if request.method == "HEAD":
        response: HttpResponseBase = HttpResponse(content_type=content_type)
    else:
        pieces = iter(chunks)
        first = next(pieces, b"")  # what cannot be read is a fault, not half an answer
        opening.record(request, "download", detail=request.path_info.rpartition("/")[2])
        response = StreamingHttpResponse(chain([first], pieces), content_type=content_type)
    if size is not None:
        response["Content-Length"] = str(size)
    return response
