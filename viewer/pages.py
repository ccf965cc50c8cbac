"""The page around a laid-out content: who, to whom, about what, when; its files, its links."""

import base64
import re
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext, ngettext

from boxes import tokens
from boxes.api.answers import viewer_address
from boxes.models import Attachment, Brand, Message
from boxes.theme import code_of, look_of
from boxes.tokens import FileToken, PageToken
from viewer import files, headers, presentation
from viewer.asked import LANGUAGES, Asked, token_of
from viewer.clinical import Notice
from viewer.clinical.words import _
from viewer.jobs import EMBED, PRINT, Inside, Rendered, Said
from viewer.opening import Opening
from viewer.renderers.base import said
from viewer.templatetags.words import clock

# What a content can be to the record that is open in the EHR, besides its own.
OTHER, UNSEEN = "other_record", "record_unseen"
UNSEEN_WORDS = _("MessageBox cannot see whether this message is about the patient who is open.")
_WHOLE_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True)
class File:
    """One attachment as its row on the page."""

    name: str
    kind: str
    size: int
    view: str
    download: str
    risky: bool
    title: str = ""
    address: str = ""
    inner: bool = False


class Links:
    """Where a page leads: to itself with a follow-up token, to each file with one of its own."""

    def __init__(self, base: str, token: PageToken, asked: Asked) -> None:
        self.base = base
        self.token = token
        self.asked = asked
        self.follow_up = tokens.mint_follow_up(token)

    def itself(self, **changes: str) -> str:
        query = {**self.asked.query(**changes), "jwt": self.follow_up}
        return f"{self.base}?{urlencode(query)}"

    def file(self, which: int | str, **more: str) -> str:
        place = "raw" if which == "raw" else f"attachments/{which}"
        query = {**more, "jwt": tokens.mint_file(self.token, which)}
        return f"{self.base}/{place}?{urlencode(query)}"

    def view(self, which: int, content_type: str) -> str:
        """A file as its reader sees it: a page of ours around it is in the reader's language."""
        if not files.is_drawn(content_type):
            return self.file(which)
        looks = {"lang": self.asked.language, "theme": self.asked.theme}
        return self.file(which, **{name: value for name, value in looks.items() if value})


def own_address(request: HttpRequest) -> str:
    """The address of the message on this page, as it was asked for; it holds nothing but names."""
    return request.path


def outside_address(message: Message) -> str:
    """The address of the message for other hosts; never taken from what a request says."""
    return f"{viewer_address(message.box)}{message.xuid}"


def message_page(
    request: HttpRequest, opening: Opening[PageToken], asked: Asked, shown: Rendered
) -> HttpResponse:
    if asked.mode == EMBED:
        html = fragment(opening, asked, shown)
    else:
        template = "viewer/print.html" if asked.mode == PRINT else "viewer/message.html"
        html = written(template, opening, asked, shown, own_address(request))
    return finished(HttpResponse(html), request, opening, asked)


def fragment(opening: Opening[PageToken], asked: Asked, shown: Rendered) -> str:
    """The message as one balanced element for another page, whose links lead here from anywhere."""
    return written("viewer/embed.html", opening, asked, shown, outside_address(opening.message))


def written(
    template: str, opening: Opening[PageToken], asked: Asked, shown: Rendered, base: str
) -> str:
    with translation.override(asked.language), timezone.override(opening.message.box.zone):
        return render_to_string(template, context(opening, asked, shown, base))


def bare_document(fragment: str, message: Message, asked: Asked) -> str:
    """The fragment as a document by itself."""
    return render_to_string(
        "viewer/bare.html",
        {"fragment": fragment, "message": message, "language": asked.language},
    )


def waiting(request: HttpRequest, opening: Opening[PageToken], asked: Asked) -> HttpResponse:
    """Others are being served: say so, and try again without the reader's doing."""
    with translation.override(asked.language):
        links = Links(own_address(request), opening.token, asked)
        html = render_to_string(
            "viewer/waiting.html",
            {
                **frame(opening, asked),
                "again": links.itself(),
                "seconds": settings.RENDER_RETRY_SECONDS,
            },
        )
    response = finished(HttpResponse(html), request, opening, asked)
    response["Refresh"] = f"{settings.RENDER_RETRY_SECONDS}; url={links.itself()}"
    return response


def drawn_page(
    request: HttpRequest, opening: Opening[FileToken], name: str, shown: Rendered
) -> HttpResponse:
    """A file that no browser shows, drawn anew."""
    asked, box = Asked.of(request), opening.message.box
    with translation.override(asked.language), timezone.override(box.zone):
        query = urlencode({"dl": "1", "jwt": token_of(request)})
        html = render_to_string(
            "viewer/drawn.html",
            {
                **frame(opening, asked),
                "message": opening.message,
                "name": name,
                "shown": shown,
                "download": f"{own_address(request)}?{query}",
            },
        )
    response = HttpResponse(html, headers={"Content-Language": asked.language})
    return headers.for_page(response, box.origins)


def finished(
    response: HttpResponse, request: HttpRequest, opening: Opening[PageToken], asked: Asked
) -> HttpResponse:
    box = opening.message.box
    response["Content-Language"] = asked.language
    if asked.mode == EMBED:
        return headers.for_fragment(response, request.headers.get("Origin", ""), box.origins)
    remote = asked.images and box.remote_images == "ask"
    return headers.for_page(response, box.origins, remote_images=remote)


def frame(opening: Opening[PageToken] | Opening[FileToken], asked: Asked) -> dict:
    """What every document around a content needs."""
    box = opening.message.box
    look = Brand.objects.look(box, opening.caller)
    theme = asked.theme or look_of(look.theme)
    if asked.mode == PRINT and theme in ("auto", "dark"):
        theme = "light"  # paper is white
    return {
        "language": asked.language,
        "languages": LANGUAGES,
        "theme": theme,
        "theme_code": code_of(look.theme),
        "brand": look.name,
        "logo": base64.b64encode(look.logo).decode() if asked.mode != EMBED else "",
        "parents": headers.parents(box.origins),
    }


def context(opening: Opening[PageToken], asked: Asked, shown: Rendered, base: str) -> dict:
    message = opening.message
    links = Links(base, opening.token, asked)
    rows = Attachment.objects.of(message)
    attached = attachments(rows, links)
    inside = files_inside(message, shown, links, after=last_position(rows))
    whole = inside[0] if inside and presentation.is_file(message) else None
    listed = attached if whole else [*attached, *inside]
    record = against_record(opening.token, shown)
    if record == UNSEEN:
        shown = shown.noticing(Said(UNSEEN, gettext(UNSEEN_WORDS)))
    later = message.replaced_by
    if isinstance(later, Message):
        moment = clock(later.dated or timezone.localtime(later.created_at))
        shown = shown.noticing(said(Notice("replaced", {"xuid": later.xuid, "moment": moment})))
    return {
        **frame(opening, asked),
        "message": message,
        "shown": shown,
        "statuses": (*(("replaced",) if later else ()), *shown.statuses),
        "alarm": said(Notice("other_record")).text if record == OTHER else "",
        "warnings": [notice for notice in shown.notices if notice.weight == "warning"],
        "remarks": [notice for notice in shown.notices if notice.weight != "warning"],
        "files": listed,
        "whole": whole,
        "files_words": ngettext("%(count)s attachment", "%(count)s attachments", len(listed))
        % {"count": len(listed)},
        "asked": asked,
        "links": {
            "original": links.file("raw"),
            "print": links.itself(mode=PRINT),
            "page": links.itself(mode=""),
            "plain": links.itself(plain="" if asked.plain else "1"),
            "images": links.itself(images="1"),
            "languages": [
                (code, links.itself(lang=code)) for code in LANGUAGES if code != asked.language
            ],
        },
        "may_load_images": message.box.remote_images == "ask" and "images" in shown.switches,
        "inner": inner_document(shown, asked.images and message.box.remote_images == "ask"),
        "printed_at": timezone.localtime(),
        "printed_by": reader(opening),
    }


def inner_document(shown: Rendered, remote_images: bool) -> str:
    """The document inside the frame that runs no scripts; nothing where there is no frame."""
    if not shown.document:
        return ""
    return render_to_string(
        "viewer/inner.html", {"document": shown.document, "remote_images": remote_images}
    )


def attachments(rows: list[Attachment], links: Links) -> list[File]:
    found = []
    prefetch_related_objects(rows, "content")
    for row in rows:
        name = files.safe_name(row.filename, row.position)
        form = files.form_of(row.content_type, next(iter(row.chunks()), b"")[:4096], row.size)
        found.append(
            File(
                name=name,
                kind=gettext(files.kind_of(row.content_type)),
                size=row.size,
                view=links.view(row.position, row.content_type) if form.viewable else "",
                download=links.file(row.position, dl="1"),
                risky=files.is_risky(name),
            )
        )
    return found


def files_inside(message: Message, shown: Rendered, links: Links, after: int) -> list[File]:
    """The files in the content, numbered on after those that came beside it."""
    start = after + 1
    return [
        File(
            name=file_name(message, one, start + place),
            kind=gettext(files.kind_of(one.content_type)),
            size=one.size,
            view=links.view(start + place, one.content_type) if one.inline else "",
            download=links.file(start + place, dl="1") if one.size else "",
            risky=files.is_risky(one.name),
            title=one.title,
            address=one.address,
            inner=True,
        )
        for place, one in enumerate(shown.inside)
        if not one.shown
    ]


def file_name(message: Message, file: Inside, position: int) -> str:
    """The name of a file in the content; a content that is a file itself has none of its own."""
    if not file.name:
        return files.original_name(message.xuid, file.content_type)
    return files.full_name(file.name, file.content_type, position)


def last_position(rows: list[Attachment]) -> int:
    return max((row.position for row in rows), default=0)


def reader(opening: Opening[PageToken]) -> str:
    """Who is reading, as a person would say it."""
    person = opening.token.obo or {}
    named = " · ".join(filter(None, (person.get("name"), person.get("role"))))
    return named or opening.caller.title


def against_record(token: PageToken, shown: Rendered) -> str:
    """What the patients of the content are to the one whose record is open in the EHR."""
    if not token.ctx:
        return ""
    contexts = {
        tokens.patient_context(bsn, birth)
        for bsn, birth in shown.patients
        if bsn and _WHOLE_DATE.fullmatch(birth)
    }
    if not contexts:
        return UNSEEN
    return "" if contexts == {token.ctx} else OTHER
