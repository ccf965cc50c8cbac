"""Content types, laid out. ``render`` always gives something: it goes down the ladder of views.

Full view, simpler view, source, card: each step down is told in the page.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.template.loader import get_template
from django.utils import timezone, translation

from viewer.cleaning.clean import OUTPUT
from viewer.cleaning.embed import embeddable
from viewer.clinical import Notice, Unreadable
from viewer.clinical.words import KINDS
from viewer.jobs import (
    CARD,
    EMBED,
    FULL,
    KNOW,
    SIMPLE,
    SOURCE,
    TAKE,
    Job,
    Known,
    Rendered,
    Taken,
)
from viewer.knowledge import known
from viewer.readers import MESSAGES, dicom, read
from viewer.renderers.base import Renderer, all_said
from viewer.renderers.carriers import EnvelopeRenderer, MailRenderer
from viewer.renderers.clinical import banner
from viewer.renderers.examples import EXAMPLES
from viewer.renderers.fallback import FallbackRenderer
from viewer.renderers.formats import CLINICAL, WITH_FILES
from viewer.renderers.html import HtmlRenderer
from viewer.renderers.markdown import MarkdownRenderer
from viewer.renderers.picture import ImageRenderer, PdfRenderer
from viewer.renderers.recognised import read_as, remarks
from viewer.renderers.source import card, source
from viewer.renderers.study import StudyRenderer
from viewer.renderers.text import TextRenderer
from viewer.renderers.xml import XmlRenderer

# In order of asking: the first whose content types hold the declared one.
RENDERERS: tuple[Renderer, ...] = (
    TextRenderer(),
    MarkdownRenderer(),
    HtmlRenderer(),
    *CLINICAL,
    StudyRenderer("image_study", WITH_FILES, "application/dicom", head=dicom.HEAD),
    MailRenderer(),
    EnvelopeRenderer(),
    PdfRenderer(),
    ImageRenderer(),
    XmlRenderer(),
)
FALLBACK = FallbackRenderer()
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "viewer"


def renderer_for(kind: str) -> Renderer:
    return next((one for one in RENDERERS if kind in one.content_types), FALLBACK)


def serve(job: Job) -> Rendered | Known | Taken:
    """What the render server does with a job."""
    if job.mode == TAKE:
        return taken(job)
    return known(job) if job.mode == KNOW else render(job)


def taken(job: Job) -> Taken:
    """One of the files in a content, by its number; nothing when it has no such file."""
    try:
        attachments = read(job.form, job.content).attachments
    except Unreadable:
        return Taken()
    if job.which >= len(attachments):
        return Taken()
    found = attachments[job.which]
    return Taken(found.filename, found.content_type, found.content)


def render(job: Job) -> Rendered:
    """The best view of the content that works, in the language and time zone of the job."""
    job = replace(job, kind=job.kind or read_as(job.content_type, job.content))
    with translation.override(job.language), timezone.override(job.zone):
        if not job.content.strip():
            return told(nothing(job), ())
        failures = remarks(job.content_type, job.form, job.content)
        if job.reason:
            failures += (Notice(job.reason),)
        for view in views(job):
            try:
                shown = view(job) if job.mode != EMBED else embedded(view(job))
            except Unreadable as error:
                failures += (Notice(error.code, error.values),)
            except Exception:
                # A reader that stumbles over content costs that content its view, never the page.
                failures += (Notice("failed"),)
            else:
                return told(named(shown, job), failures)
        return told(named(card(job), job), failures)


def named(shown: Rendered, job: Job) -> Rendered:
    """A plainer view still says whom it is about, if that could be read."""
    if shown.view == FULL or shown.banner or job.view != FULL or job.form not in MESSAGES:
        return shown
    try:
        found = banner(read(job.form, job.content))
    except Exception:
        # What brought the better view down may well be in the way here too.
        return shown
    return replace(shown, banner=embeddable(found) if job.mode == EMBED else found)


def views(job: Job) -> Iterator[Callable[[Job], Rendered]]:
    """The views to try, from the best that was asked for down to the source."""
    renderer = renderer_for(job.form)
    ladder = {FULL: renderer.full, SIMPLE: renderer.simple, SOURCE: source, CARD: card}
    for view in list(ladder)[list(ladder).index(job.view) :]:
        if view != SIMPLE or type(renderer).simple is not Renderer.simple:
            yield ladder[view]


_EMBEDDED = ("html", "document", "after", "banner", "summary")


def embedded_parts(shown: Rendered) -> list[str]:
    """The markup that lands in somebody else's page. Raises Unreadable when it is too much."""
    parts = [getattr(shown, name) for name in _EMBEDDED]
    if sum(map(len, parts)) > OUTPUT:
        raise Unreadable("too_large", limit=OUTPUT)
    return parts


def embedded(shown: Rendered) -> Rendered:
    """The same for somebody else's page: balanced, without ids, states or looks of any kind."""
    parts: dict[str, Any] = {name: embeddable(getattr(shown, name)) for name in _EMBEDDED}
    cleaned = replace(shown, **parts)
    embedded_parts(cleaned)
    return cleaned


def nothing(job: Job) -> Rendered:
    html = get_template("viewer/empty.html").render()
    return Rendered(FULL, html=html, kind=renderer_for(job.form).kind)


def told(shown: Rendered, failures: tuple[Notice, ...]) -> Rendered:
    """The view with its kind in words, and what went wrong with the better ones."""
    words = translation.gettext(KINDS.get(shown.kind, shown.kind)) if shown.kind else ""
    return replace(shown, kind=words, notices=(*all_said(failures), *shown.notices))


def prepare() -> None:
    """Load what every job needs, before there are any."""
    for template in sorted(TEMPLATES.glob("*.html")):
        get_template(f"viewer/{template.name}")
    for language in ("nl", "en"):
        for mime, contents in EXAMPLES.items():
            for content in contents:
                render(Job(content, mime, len(content), language=language))
