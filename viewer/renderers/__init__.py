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
from viewer.jobs import CARD, EMBED, FULL, KNOW, SIMPLE, SOURCE, Job, Known, Rendered
from viewer.knowledge import known
from viewer.renderers.base import Renderer, all_said
from viewer.renderers.edi_xml import EdiXmlRenderer
from viewer.renderers.fallback import FallbackRenderer
from viewer.renderers.html import HtmlRenderer
from viewer.renderers.markdown import MarkdownRenderer
from viewer.renderers.source import card, source
from viewer.renderers.text import TextRenderer
from viewer.renderers.xml import XmlRenderer

# In order of asking: the first whose content types hold the declared one.
RENDERERS: tuple[Renderer, ...] = (
    TextRenderer(),
    MarkdownRenderer(),
    HtmlRenderer(),
    EdiXmlRenderer(),
    XmlRenderer(),
)
FALLBACK = FallbackRenderer()
# One small job a type: what it loads lazily is there before the first reader waits for it.
EXAMPLES = {
    "text/plain": b"a",
    "text/markdown": b"a",
    "text/html": b"<p>a",
    "text/xml": b"<a/>",
    "application/vnd.edi.medlab+xml": b"<MEDLAB_1><header/></MEDLAB_1>",
    "application/octet-stream": b"a",
}
TEMPLATES = Path(__file__).resolve().parent.parent.parent / "templates" / "viewer"


def renderer_for(mime: str) -> Renderer:
    return next((one for one in RENDERERS if mime in one.content_types), FALLBACK)


def serve(job: Job) -> Rendered | Known:
    """What the render server does with a job."""
    return known(job) if job.mode == KNOW else render(job)


def render(job: Job) -> Rendered:
    """The best view of the content that works, in the language and time zone of the job."""
    with translation.override(job.language), timezone.override(job.zone):
        if not job.content.strip():
            return told(nothing(job), ())
        failures: tuple[Notice, ...] = (Notice(job.reason),) if job.reason else ()
        for view in views(job):
            try:
                shown = view(job) if job.mode != EMBED else embedded(view(job))
            except Unreadable as error:
                failures += (Notice(error.code, error.values),)
            except Exception:
                # A reader that stumbles over content costs that content its view, never the page.
                failures += (Notice("failed"),)
            else:
                return told(shown, failures)
        return told(card(job), failures)


def views(job: Job) -> Iterator[Callable[[Job], Rendered]]:
    """The views to try, from the best that was asked for down to the source."""
    renderer = renderer_for(job.mime)
    ladder = {FULL: renderer.full, SIMPLE: renderer.simple, SOURCE: source, CARD: card}
    for view in list(ladder)[list(ladder).index(job.view) :]:
        if view != SIMPLE or type(renderer).simple is not Renderer.simple:
            yield ladder[view]


def embedded(shown: Rendered) -> Rendered:
    """The same for somebody else's page: balanced, without ids, states or looks of any kind."""
    parts: dict[str, Any] = {
        name: embeddable(getattr(shown, name)) for name in ("html", "document", "banner", "summary")
    }
    if sum(map(len, parts.values())) > OUTPUT:
        raise Unreadable("too_large", limit=OUTPUT)
    return replace(shown, **parts)


def nothing(job: Job) -> Rendered:
    html = get_template("viewer/empty.html").render()
    return Rendered(FULL, html=html, kind=renderer_for(job.mime).kind)


def told(shown: Rendered, failures: tuple[Notice, ...]) -> Rendered:
    """The view with its kind in words, and what went wrong with the better ones."""
    words = translation.gettext(KINDS.get(shown.kind, shown.kind)) if shown.kind else ""
    return replace(shown, kind=words, notices=(*all_said(failures), *shown.notices))


def prepare() -> None:
    """Load what every job needs, before there are any."""
    for template in sorted(TEMPLATES.glob("*.html")):
        get_template(f"viewer/{template.name}")
    for language in ("nl", "en"):
        for mime, content in EXAMPLES.items():
            render(Job(content, mime, len(content), language=language))
