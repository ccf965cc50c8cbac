"""The calls of SMTPeter's interface that make sense here."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from boxes.api.views.files import download
from boxes.caller_address import caller_address
from boxes.models import Delivery, LogEntry, Message
from transports.smtpeter.facade import bodies, happened, options, posting, stored
from transports.smtpeter.facade.answers import (
    Refusal,
    answer,
    caller,
    door,
    not_found,
    nothing,
    words,
)

_TEMPLATES = "Not found: templates are not kept here; send text, html or mime"
_PUSHED = "Not found: events are not pushed by this interface; ask for them"
NOT_HERE = {
    "template": _TEMPLATES,
    "templates": _TEMPLATES,
    "logfiles": "Not found: log files are not kept here; ask for events",
    **dict.fromkeys(("webhook", "webhooks", "feedbackloop", "feedbackloops"), _PUSHED),
}


@door("POST")
def send(request: HttpRequest) -> HttpResponse:
    known = caller(request)
    return answer(posting.send(known, bodies.read(request)))


@door("POST")
def resend(request: HttpRequest) -> HttpResponse:
    known = caller(request)
    identifier = bodies.read(request).get("message")
    if not isinstance(identifier, str):
        raise Refusal("message: give the identifier of a mail")
    again = stored.resend(known, happened.delivery_named(known, identifier))
    return answer({again.public_ref: again.address})


@door("GET")
def events(request: HttpRequest, by: str, value: str) -> HttpResponse:
    return answer(happened.asked(request, caller(request), by, value))


@door("GET")
def recipient(request: HttpRequest, identifier: str) -> HttpResponse:
    return words(looked_up(request, identifier).address)


@door("GET")
def envelope(request: HttpRequest, identifier: str) -> HttpResponse:
    delivery = looked_up(request, identifier)
    return words(options.kept_with(delivery.message).get(options.ENVELOPE, ""))


@door("GET")
def text(request: HttpRequest, identifier: str) -> HttpResponse:
    found = stored.words_of(opened(request, identifier), stored.TEXT)
    return nothing() if found is None else words(found)


@door("GET")
def html(request: HttpRequest, identifier: str) -> HttpResponse:
    found = stored.words_of(opened(request, identifier), stored.PAGE)
    if found is None:
        return nothing()
    response = words(found, stored.PAGE)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@door("GET")
def headers(request: HttpRequest, identifier: str) -> HttpResponse:
    return words(stored.headers_of(opened(request, identifier)))


@door("GET")
def attachments(request: HttpRequest, identifier: str) -> HttpResponse:
    files = stored.files_of(opened(request, identifier))
    return answer(
        [{"number": n, "name": one.name, "type": one.content_type} for n, one in enumerate(files)]
    )


@door("GET")
def attachment(request: HttpRequest, identifier: str, which: str) -> HttpResponseBase:
    """By its name, or its number from 0."""
    files = stored.files_of(opened(request, identifier, "attachment"))
    named = [one for one in files if one.name == which]
    numbered = files[int(which) :][:1] if which.isdecimal() and len(which) < 6 else []
    if not (named or numbered):
        raise not_found()
    found = (named or numbered)[0]
    name = found.name or f"{identifier}-{which}"
    return download(found.content.chunks(), found.content.size, found.content_type, name)


@door("GET")
def embeds(request: HttpRequest, identifier: str, which: str | None = None) -> HttpResponse:
    """What HTML embeds is kept as an attachment."""
    happened.delivery_named(caller(request), identifier)
    if which is not None:
        raise not_found()
    return answer([])


@door("GET")
def templates(request: HttpRequest) -> HttpResponse:
    caller(request)
    return answer([])


@door("")
def unknown(request: HttpRequest, path: str) -> HttpResponse:
    caller(request)
    raise not_found(NOT_HERE.get(path.partition("/")[0], "Not found"))


def looked_up(request: HttpRequest, identifier: str) -> Delivery:
    """A delivery of which the caller may know; the log knows who asked."""
    known = caller(request)
    delivery = happened.delivery_named(known, identifier)
    happened.disclosed(request, known, [delivery.message])
    return delivery


def opened(request: HttpRequest, identifier: str, action: str = "content") -> Message:
    """A message that the caller may read; the log knows who looked at it."""
    known = caller(request, "read")
    message = happened.delivery_named(known, identifier).message
    LogEntry.objects.record(
        action, caller=known.key, message=message, address=caller_address(request)
    )
    return message
