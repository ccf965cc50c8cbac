"""From a message to its laid-out content: how much of it, where, and what if that fails."""

import codecs
import logging
from dataclasses import replace

from boxes.models import Message
from viewer import renderers, sandbox
from viewer.asked import Asked
from viewer.cleaning.limits import DEPTH, check_tags
from viewer.clinical import Unreadable
from viewer.jobs import EMBED, FULL, KNOW, SIMPLE, SOURCE, TAKE, Job, Rendered, Taken
from viewer.renderers.picture import ImageRenderer, PdfRenderer
from viewer.renderers.recognised import read_as
from viewer.renderers.text import SHOWN, TextRenderer

logger = logging.getLogger(__name__)

# Text so short that cutting it up cannot cost much is not worth a process.
TRUSTED_TEXT = 64 * 1024
# What a reader of clinical formats takes at most; of anything larger only its kind is known.
ENOUGH_TO_SEE = 64 * 1024
MOST_TO_KNOW = 25 * 1024 * 1024


def present(message: Message, asked: Asked) -> Rendered:
    """The message's content as its reader asked for it. Raises sandbox.Busy."""
    job = job_of(message, asked)
    if job.form in TextRenderer.content_types and job.size <= TRUSTED_TEXT:
        return renderers.render(job)
    try:
        shown = sandbox.render(job, message.box.name)
        return cleaned_again(shown) if asked.mode == EMBED else shown
    except (sandbox.Failed, sandbox.Unreachable) as failure:
        reason = getattr(failure, "reason", "crash")
        logger.warning(
            "A view failed: box %s, message %s, type %s, reason %s, %s bytes",
            *(message.box.name, message.xuid, job.mime[:80], reason, job.size),
        )
        # Escaping text is all that the source takes: no parser sees the content again.
        plainer = replace(job, content=job.content[:SHOWN], view=SOURCE, reason=reason)
        return renderers.render(plainer)


def cleaned_again(shown: Rendered) -> Rendered:
    """What lands in somebody else's page. Raises sandbox.Failed where it cannot be cleaned.

    The process that laid it out has seen to it already, unless its content took it over: other
    pages are held by a policy of ours, and that one is not.
    """
    try:
        for part in renderers.embedded_parts(shown):
            check_tags(part, 2 * DEPTH)
        return renderers.embedded(shown)
    except Unreadable as failure:
        raise sandbox.Failed("crash") from failure


def job_of(message: Message, asked: Asked) -> Job:
    """Content over the limit of its renderer never reaches it: only its beginning does."""
    kind = kind_of(message)
    renderer = renderers.renderer_for(kind)
    fits = message.content.size <= renderer.limit
    content = head_of(message, message.content.size if fits else renderer.head or SHOWN)
    return Job(
        content=as_sent(message, content),
        content_type=message.content_type,
        size=message.content.size,
        language=asked.language,
        zone=message.box.zone,
        mode=asked.mode,
        kind=kind,
        view=FULL if fits or renderer.head else SIMPLE,
        plain=asked.plain,
        images=asked.images and message.box.remote_images == "ask",
    )


def kind_of(message: Message) -> str:
    """The type to read the content by; its first bytes tell where its declaration does not."""
    return read_as(message.content_type, head_of(message, ENOUGH_TO_SEE))


def is_file(message: Message) -> str:
    """The type of a content that is one file by itself, which a page shows as it is."""
    kind = kind_of(message)
    types = (*PdfRenderer.content_types, *ImageRenderer.content_types)
    return kind if kind in types else ""


def take(message: Message, which: int) -> Taken:
    """One of the files in the content. Raises sandbox.Busy, Failed or Unreachable."""
    kind = kind_of(message)
    renderer = renderers.renderer_for(kind)
    if message.content.size > renderer.limit:
        return Taken()
    job = Job(
        content=as_sent(message, head_of(message, message.content.size)),
        content_type=message.content_type,
        size=message.content.size,
        mode=TAKE,
        kind=kind,
        which=which,
    )
    return sandbox.take(job, message.box.name)


def draw(message: Message, content: bytes, content_type: str, asked: Asked) -> Rendered:
    """A file as pictures. Raises sandbox.Busy, Failed or Unreachable."""
    job = Job(
        content=content,
        content_type=content_type,
        size=len(content),
        language=asked.language,
        zone=message.box.zone,
        kind=content_type,
    )
    return sandbox.render(job, message.box.name)


def job_to_know(message: Message) -> Job:
    """The whole content for the readers; they refuse what is over their limits."""
    content = head_of(message, MOST_TO_KNOW)
    return Job(
        content=as_sent(message, content),
        content_type=message.content_type,
        size=message.content.size,
        mode=KNOW,
    )


def head_of(message: Message, count: int) -> bytes:
    found = bytearray()
    for chunk in message.open_content():
        found += chunk[: count - len(found)]
        if len(found) >= count:
            break
    return bytes(found)


def as_sent(message: Message, content: bytes) -> bytes:
    """Text that came inside JSON is UTF-8 whatever it declares: a byte order mark says so."""
    if message.content_encoding or content.startswith(codecs.BOM_UTF8) or content.isascii():
        return content
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)
    except UnicodeDecodeError:
        return content
    return codecs.BOM_UTF8 + content
