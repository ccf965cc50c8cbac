"""What a renderer is, and how notices are put into words."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from django.utils.translation import gettext

from viewer.clinical import WORDS, Notice
from viewer.clinical.words import STANDARDS, _
from viewer.jobs import Job, Rendered, Said
from viewer.readers import charset

MIB = 1024 * 1024
# Notices that must be read before the content is: they may change what it means.
WARNINGS = frozenset(
    """
    text_missing hidden_shown patients_contradict patients_several patient_incomplete flags_differ
    no_end cut_off modifier_unknown truncated failed mail_defect alternative_differs
    type_differs pages_cut frames_cut enclosed_too_large other_record replaced test_message
    """.split()
)
NOTICES = {
    "images_refused": _("Images not loaded: %(count)s."),
    "parts_removed": _("Parts removed for safety: %(count)s."),
    "looks_removed": _("The layout of the sender was simplified."),
    "text_missing": _("Text is missing from this view. Open the original to read everything."),
    "hidden_shown": _("Text that was invisible is shown (%(count)s places)."),
    "marks_shown": _("Invisible characters are marked."),
    "links_cut": _("Only the first %(count)s links can be opened."),
    "failed": _("This view failed; a plainer one is shown."),
    "time": _("The full view took too long; a plainer one is shown."),
    "memory": _("The full view needs too much memory; a plainer one is shown."),
    "output": _("The full view became too large; a plainer one is shown."),
    "crash": _("This view failed; a plainer one is shown."),
    "source_shown": _("The source is shown."),
    "replaced": _(
        "A later report replaces this one: message %(xuid)s of %(moment)s. Read that one; this "
        "one may hold results that are not in it."
    ),
    "other_record": _("This message is about another patient than the record that is open."),
}


class Renderer:
    """One content type, laid out. A subclass makes the full view, and a simpler one if it can.

    Each view raises ``Unreadable`` when it cannot show the content; the next plainer one then
    follows, down to the source and the card. ``limit`` is how much of the content it takes;
    ``head`` is how much of a larger one is enough for it, where that can be.
    """

    content_types: tuple[str, ...] = ()
    limit = 2 * MIB
    head = 0
    kind = "unknown"

    def full(self, job: Job) -> Rendered:
        raise NotImplementedError

    def simple(self, job: Job) -> Rendered:
        """A plainer view that loses nothing; not asked of a renderer that has none."""
        raise NotImplementedError


def said(notice: Notice) -> Said:
    words = NOTICES.get(notice.code) or WORDS.get(notice.code, notice.code)
    weight = "warning" if notice.code in WARNINGS else "info"
    values = {name: STANDARDS.get(str(value), value) for name, value in notice.values.items()}
    return Said(notice.code, gettext(words) % values, weight)


def all_said(notices: Iterable[Notice]) -> tuple[Said, ...]:
    """Each notice once, in its first place."""
    return tuple(dict.fromkeys(said(notice) for notice in notices))


def text_of(job: Job) -> tuple[str, tuple[Notice, ...]]:
    """The content as text, with line ends of one kind."""
    content = job.content
    if job.size > len(content):
        content = without_torn_end(content)
    text, notices = charset.decode(content, charset.charset_of(job.content_type))
    return text.replace("\r\n", "\n").replace("\r", "\n"), notices


def without_torn_end(content: bytes) -> bytes:
    """The head of a longer content, without the bytes of a character that was cut through."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content[: len(content) // 2 * 2]
    for tail in range(1, min(4, len(content)) + 1):
        byte = content[-tail]
        if byte >= 0xC0:
            length = 2 if byte < 0xE0 else 3 if byte < 0xF0 else 4
            return content[:-tail] if tail < length else content
        if byte < 0x80:
            break
    return content
