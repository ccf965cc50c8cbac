"""The pages that say why no message is shown: what happened, and what to do."""

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext

from boxes import theme
from boxes.caller_address import caller_address
from boxes.models import Box
from boxes.request_id import current_request_id
from viewer import headers
from viewer.asked import LANGUAGES, Asked
from viewer.clinical.words import _
from viewer.jobs import EMBED

# code: (status, what happened, what to do)
PAGES = {
    "token_missing": (
        401,
        _("Open this message from your EHR"),
        _("This page can only be opened from the message list of your own software."),
    ),
    "token_conflict": (
        400,
        _("This link is not correct"),
        _("Open the message again from the message list of your software."),
    ),
    "token_invalid": (
        401,
        _("This link is not valid"),
        _("Open the message again from the message list of your software."),
    ),
    "token_expired": (
        401,
        _("This link has expired"),
        _("Refresh the message list and open the message again."),
    ),
    "token_early": (
        401,
        _("This link is not valid yet"),
        _(
            "Wait a moment and open the message again. If it keeps happening, tell your system "
            "manager."
        ),
    ),
    "token_mismatch": (
        403,
        _("This link belongs to another message"),
        _("Open the message again from the message list of your software."),
    ),
    "token_revoked": (
        401,
        _("This link was withdrawn"),
        _(
            "Refresh the message list. If the message still does not open, tell your system "
            "manager."
        ),
    ),
    "message_gone": (
        404,
        _("This message no longer exists"),
        _("Refresh the message list of your software."),
    ),
    "message_moved": (
        410,
        _("This message was wrongly delivered"),
        _("It can be read here no more. The message list of your software tells where it went."),
    ),
    "file_gone": (
        404,
        _("This file does not exist"),
        _("Open the message again and choose one of its files."),
    ),
    "rate_limited": (
        429,
        _("Too many attempts"),
        _("Wait a minute and open the message again from your software."),
    ),
    "unavailable": (
        503,
        _("Temporarily unavailable"),
        _("Your message is safe. Try again in half a minute."),
    ),
}
RETRY_AFTER = {"rate_limited": "60", "unavailable": "30"}


def error_page(request: HttpRequest, code: str, box_name: str = "") -> HttpResponse:
    """The page of one code. It tells nothing of the token, the box, the message or its subject."""
    asked = Asked.of(request)
    status, happened, remedy = PAGES[code]
    box = Box.objects.filter(name=box_name).only("origins", "theme").first() if box_name else None
    # In both languages: a link to the other one would have to carry the token.
    [other] = (language for language in LANGUAGES if language != asked.language)
    with translation.override(other):
        elsewhere = {"language": other, "happened": gettext(happened), "remedy": gettext(remedy)}
    with translation.override(asked.language):
        context = {
            "code": code,
            "happened": gettext(happened),
            "remedy": gettext(remedy),
            "elsewhere": elsewhere,
            "request_id": current_request_id(),
            "language": asked.language,
            "theme": asked.theme or theme.look_of(box.theme if box else {}),
            "theme_code": theme.code_of(box.theme) if box else "",
            "parents": headers.EVERYBODY,
        }
        template = "viewer/error_fragment.html" if asked.mode == EMBED else "viewer/error.html"
        response = HttpResponse(render_to_string(template, context), status=status)
    response["Content-Language"] = asked.language
    if status == 401:
        told = "" if code == "token_missing" else ', error="invalid_token"'
        response["WWW-Authenticate"] = f'Bearer realm="messagebox-viewer"{told}'
    if code in RETRY_AFTER:
        response["Retry-After"] = RETRY_AFTER[code]
    if asked.mode == EMBED:
        return headers.for_fragment(
            response, request.headers.get("Origin", ""), box.origins if box else ()
        )
    return headers.for_error_page(response)


def forged_too_often(request: HttpRequest) -> bool:
    """Counts a token that was not ours; true when an address sent too many of them in a minute."""
    key = f"viewer-forged:{caller_address(request)}"
    cache.add(key, 0, timeout=60)
    try:
        return cache.incr(key) > settings.FORGED_TOKENS_PER_MINUTE
    except ValueError:
        return False  # the minute ended in between
