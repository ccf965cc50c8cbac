from django.template.loader import render_to_string

from viewer.clinical import Notice, Unreadable
from viewer.jobs import FULL, PAGE, SIMPLE, Job, Rendered
from viewer.renderers.base import MIB, Renderer, all_said, text_of
from viewer.renderers.plain import is_binary, pieces

SHOWN = 256 * 1024


class TextRenderer(Renderer):
    """Text as it is: line breaks kept, addresses as links, invisible characters marked."""

    content_types = ("text/plain",)
    limit = 2 * MIB
    head = SHOWN
    kind = "text"

    def full(self, job: Job) -> Rendered:
        if is_binary(job.content):
            raise Unreadable("binary")
        text, notices = text_of(job)
        return text_view(text, job, notices, FULL)


def text_view(text: str, job: Job, notices: tuple[Notice, ...], view: str = SIMPLE) -> Rendered:
    """Any text, laid out as text; what is beyond the first part is said to be missing."""
    cut = cut_notice(text, job)
    found, marked, links_left = pieces(text[:SHOWN] if cut else text)
    told = [*notices]
    if marked:
        told.append(Notice("marks_shown"))
    if links_left:
        told.append(Notice("links_cut", {"count": len(found)}))
    if cut:
        told.append(cut)
    context = {"pieces": found, "cut": cut and all_said([cut])[0], "columns": in_columns(text)}
    context["switchable"] = job.mode == PAGE and not context["columns"]
    html = render_to_string("viewer/text.html", context)
    return Rendered(view, html=html, kind="text", notices=all_said(told))


def cut_notice(text: str, job: Job) -> Notice | None:
    """Says how much is shown, when the text is longer than a page can bear."""
    if len(job.content) >= job.size and len(text) <= TextRenderer.limit:
        return None
    return Notice("truncated", {"shown": kilobytes(SHOWN), "total": kilobytes(job.size)})


def kilobytes(size: int) -> str:
    return f"{-(-size // 1024)} kB"


def in_columns(text: str) -> bool:
    """Whether lines are laid out in columns of spaces, which only a fixed width keeps upright."""
    lines = [line for line in text[:SHOWN].split("\n") if line.strip()][:400]
    with_gaps = sum("   " in line.strip() for line in lines)
    return with_gaps >= 3 and with_gaps * 5 >= len(lines)
