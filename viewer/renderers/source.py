"""The two last rungs of the ladder, which can show anything: the source, and a card."""

from django.template.loader import render_to_string

from viewer.clinical import Notice, Unreadable
from viewer.jobs import CARD, SOURCE, Job, Rendered
from viewer.renderers.base import all_said, text_of
from viewer.renderers.plain import all_seen, is_binary
from viewer.renderers.text import SHOWN, kilobytes


def source(job: Job) -> Rendered:
    """The first part of the content as escaped text. Raises Unreadable when it is not text."""
    if is_binary(job.content):
        raise Unreadable("binary")
    text, notices = text_of(job)
    notices = (*notices, Notice("source_shown"))
    cut = None
    if job.size > len(job.content) or len(text) > SHOWN:
        cut = Notice("truncated", {"shown": kilobytes(SHOWN), "total": kilobytes(job.size)})
        notices = (*notices, cut)
    context = {"source": all_seen(text[:SHOWN]), "cut": cut and all_said([cut])[0]}
    html = render_to_string("viewer/source.html", context)
    return Rendered(SOURCE, html=html, notices=all_said(notices))


def card(job: Job) -> Rendered:
    """Nothing of the content; what it is and where to get it stands around it on the page."""
    html = render_to_string("viewer/card.html", {"content_type": job.content_type[:255]})
    return Rendered(CARD, html=html, kind="unknown")
