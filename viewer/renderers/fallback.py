from dataclasses import replace

from viewer.clinical import Unreadable
from viewer.jobs import FULL, Job, Rendered
from viewer.renderers.base import Renderer
from viewer.renderers.source import card, source

PREVIEW = 256 * 1024


class FallbackRenderer(Renderer):
    """For every type that has no renderer: a helpful card, with a preview of what is text."""

    limit = PREVIEW
    head = PREVIEW
    kind = "unknown"

    def full(self, job: Job) -> Rendered:
        shown = card(job)
        try:
            text = source(job)
        except Unreadable:
            return shown
        return replace(shown, view=FULL, html=shown.html + text.html, notices=text.notices)
