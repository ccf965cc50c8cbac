"""What carries a message: an e-mail, an envelope. Their text in a frame if it is formatted, what is
inside them one level deep."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext

from viewer import readers
from viewer.cleaning import clean, visible_text
from viewer.clinical import Document, Report, Section, Table, Text, Unreadable
from viewer.jobs import EMBED, FULL, SIMPLE, Inside, Job, Rendered
from viewer.readers import charset, mail
from viewer.renderers.base import Renderer, all_said
from viewer.renderers.clinical import laid_out, pictures
from viewer.renderers.formats import WITH_FILES
from viewer.renderers.html import WORDS, account
from viewer.renderers.markdown import converted
from viewer.renderers.plain import Piece, pieces

# A table that came along is shown where it is no longer than one looks through.
MOST_ROWS, MOST_TABLES = 200, 5
OWN_TEXTS = ("html_text", "plain_text", "text")


class MailRenderer(Renderer):
    """E-mail: who wrote it to whom, its text, what came with it."""

    content_types = ("message/rfc822",)
    limit = mail.SIZE
    kind = "email"

    def full(self, job: Job) -> Rendered:
        document = readers.read(job.form, job.content)
        return carried(
            document, [one.markup for one in texts(document.reports[0], "html_text")], job
        )

    def simple(self, job: Job) -> Rendered:
        """The words only, where the markup is past its limits."""
        return replace(self.full(replace(job, plain=True)), view=SIMPLE)


class EnvelopeRenderer(MailRenderer):
    """The envelope of MessageBox itself, or a list of them."""

    content_types = ("application/vnd.messagebox.envelope+json",)
    limit = WITH_FILES
    kind = "envelope"

    def full(self, job: Job) -> Rendered:
        document = readers.read(job.form, job.content)
        if document.reports[0].kind == "message_list":
            return laid_out(document, job, FULL)
        return carried(document, markup_in(document.reports[0]), job)


def markup_in(envelope: Report) -> list[str]:
    """The content of an envelope, where that is formatted text."""
    content = next(iter(envelope.attachments), None)
    kind = readers.named(content.content_type) if content else ""
    if content is None or kind not in ("text/html", "text/markdown"):
        return []
    text = charset.decode(content.content, charset.charset_of(content.content_type))[0]
    return [text if kind == "text/html" else converted(text)]


def carried(document: Document, markups: list[str], job: Job) -> Rendered:
    letter, others = document.reports[0], document.reports[1:]
    formatted = bool(markups) and not job.plain
    # What was read as a message of its own stands below as that; its notation is folded away.
    read_on = any(notice.code == "recognised_inside" for notice in document.notices)
    plain = [text for term in ("text", "plain_text") for text in texts(letter, term)]
    if markups and job.plain and not plain:
        plain = [Text(tuple(visible_text("\n".join(markups)).split("\n")))]
    letter = replace(bare(letter), sections=(*bare(letter).sections, *tables(letter)))
    shown = laid_out(
        replace(document, reports=(letter, *others)),
        job,
        FULL,
        "viewer/carrier.html",
        after="viewer/carrier_rest.html",
        body=[] if formatted or read_on else [words_of(text) for text in plain],
        beside=[words_of(text) for text in plain] if formatted or read_on else [],
    )
    # "message/rfc822" says nothing more to anybody than "e-mail".
    shown = replace(shown, standard="" if letter.kind == "email" else shown.standard)
    if formatted:
        return framed(shown, document, markups, job)
    return replace(shown, switches=("plain",)) if markups else shown


def framed(shown: Rendered, document: Document, markups: list[str], job: Job) -> Rendered:
    """With the formatted text as a document for the frame."""
    cleaned = clean(
        "<hr>".join(markups),
        {code: gettext(text) for code, text in WORDS.items()},
        strict=job.mode == EMBED,
        remote_images=job.images,
        enclosed=pictures(document),
    )
    return replace(
        shown,
        document=cleaned.html,
        notices=tuple(dict.fromkeys((*shown.notices, *all_said(account(cleaned))))),
        switches=("plain", "images") if cleaned.images_refused else ("plain",),
        inside=tuple(
            in_text(inside, one.content_id in cleaned.images_used)
            for inside, one in zip(shown.inside, document.attachments, strict=True)
        ),
    )


def in_text(inside: Inside, used: bool) -> Inside:
    return replace(inside, shown=True) if used and inside.inline else inside


def tables(letter: Report) -> list[Section]:
    """The small tables among the files, each under its name; the files stay beside them."""
    found = []
    for one in letter.attachments:
        if readers.named(one.content_type) != "text/csv":
            continue
        try:
            items = readers.read(one.content_type, one.content).reports[0].sections[0].items
        except (Unreadable, IndexError):
            continue
        rows = [row for item in items if isinstance(item, Table) for row in item.rows]
        if rows and len(rows) <= MOST_ROWS:
            found.append(Section(heading=one.filename, items=items))
    return found[:MOST_TABLES]


def texts(letter: Report, term: str) -> list[Text]:
    return [
        item
        for section in letter.sections
        if section.term == term
        for item in section.items
        if isinstance(item, Text)
    ]


def words_of(text: Text) -> list[Piece]:
    return pieces("\n".join(text.lines))[0]


def bare(letter: Report) -> Report:
    """The letter without its texts, which are laid out on their own."""
    return replace(
        letter, sections=tuple(one for one in letter.sections if one.term not in OWN_TEXTS)
    )
