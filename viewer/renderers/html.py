from django.utils.translation import gettext

from viewer.cleaning import Cleaned, clean, visible_text
from viewer.cleaning.limits import SIZE
from viewer.clinical import Notice, Unreadable
from viewer.clinical.words import _
from viewer.jobs import EMBED, FULL, Job, Rendered
from viewer.renderers.base import Renderer, all_said, text_of
from viewer.renderers.plain import is_binary
from viewer.renderers.text import text_view

WORDS = {
    "image": _("image not loaded"),
    "image_without_text": _("image without description"),
}


class HtmlRenderer(Renderer):
    """Formatted text, cleaned; ``plain`` shows its words only."""

    content_types = ("text/html",)
    limit = SIZE
    kind = "text"

    def full(self, job: Job) -> Rendered:
        if is_binary(job.content):
            raise Unreadable("binary")
        if job.plain:
            shown = self.simple(job)
            return Rendered(
                FULL, shown.html, kind=shown.kind, notices=shown.notices, switches=("plain",)
            )
        text, notices = text_of(job)
        return cleaned_view(text, job, notices)

    def simple(self, job: Job) -> Rendered:
        text, notices = text_of(job)
        return text_view(visible_text(text), job, notices)


def cleaned_view(markup: str, job: Job, notices: tuple[Notice, ...]) -> Rendered:
    words = {code: gettext(text) for code, text in WORDS.items()}
    cleaned = clean(markup, words, strict=job.mode == EMBED, remote_images=job.images)
    switches = ("plain", "images") if cleaned.images_refused else ("plain",)
    return Rendered(
        FULL,
        document=cleaned.html,
        kind="text",
        notices=all_said((*notices, *account(cleaned))),
        switches=switches,
    )


def account(cleaned: Cleaned) -> list[Notice]:
    """What the reader must know about what was done to the markup."""
    counts = {
        "images_refused": cleaned.images_refused,
        "parts_removed": cleaned.parts_removed,
        "hidden_shown": cleaned.hidden_shown,
    }
    told = [Notice(code, {"count": count}) for code, count in counts.items() if count]
    if cleaned.letters_lost:
        told.insert(0, Notice("text_missing"))
    if cleaned.looks_removed:
        told.append(Notice("looks_removed"))
    return told
