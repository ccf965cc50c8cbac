"""From a message to its laid-out content: how much of it, where, and what if that fails."""

import codecs
import logging
from dataclasses import replace

from boxes.models import Message
from viewer import renderers, sandbox
from viewer.asked import Asked
from viewer.jobs import FULL, KNOW, SIMPLE, SOURCE, Job, Rendered
from viewer.renderers.fallback import FallbackRenderer
from viewer.renderers.text import SHOWN, TextRenderer

logger = logging.getLogger(__name__)

# Text so short that cutting it up cannot cost much is not worth a process.
TRUSTED_TEXT = 64 * 1024
# What a reader of clinical formats takes at most; of anything larger only its kind is known.
MOST_TO_KNOW = 25 * 1024 * 1024


def present(message: Message, asked: Asked) -> Rendered:
    """The message's content as its reader asked for it. Raises sandbox.Busy."""
    job = job_of(message, asked)
    if job.mime in TextRenderer.content_types and job.size <= TRUSTED_TEXT:
        return renderers.render(job)
    try:
        return sandbox.render(job, message.box.name)
    except (sandbox.Failed, sandbox.Unreachable) as failure:
        reason = getattr(failure, "reason", "crash")
        logger.warning(
            "A view failed: box %s, message %s, type %s, reason %s, %s bytes",
            *(message.box.name, message.xuid, job.mime[:80], reason, job.size),
        )
        # Escaping text is all that the source takes: no parser sees the content again.
        plainer = replace(job, content=job.content[:SHOWN], view=SOURCE, reason=reason)
        return renderers.render(plainer)


def job_of(message: Message, asked: Asked) -> Job:
    """Content over the limit of its renderer never reaches it: only its beginning does."""
    renderer = renderers.renderer_for(message.content_type.partition(";")[0].strip().lower())
    takes_any = isinstance(renderer, TextRenderer | FallbackRenderer)
    fits = message.content.size <= renderer.limit
    content = head_of(message, message.content.size if fits else SHOWN)
    return Job(
        content=as_sent(message, content),
        content_type=message.content_type,
        size=message.content.size,
        language=asked.language,
        zone=message.box.zone,
        mode=asked.mode,
        view=FULL if fits or takes_any else SIMPLE,
        plain=asked.plain,
        images=asked.images and message.box.remote_images == "ask",
    )


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
