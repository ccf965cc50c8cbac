"""A message of ours as a Personium one: text with a title. What it cannot hold is refused."""

from typing import Any

from boxes.content_types import TEXT, is_binary, plain, recognise
from boxes.models import Message
from boxes.sentence import Sentence
from transports.personium import carried
from transports.personium.answered import identifier_elsewhere

LONGEST_BODY = 51_200
LONGEST_TITLE = 256
# Read as they stand, so nothing is lost with their name.
PLAIN = (TEXT, "text/markdown")
FIRST_GENERATION = ("req.relation.build", "req.relation.break", "req.role.grant", "req.role.revoke")


class Uncarriable(ValueError):
    """Personium messages have no place for it; the text says what, and what to do."""


def written(message: Message, address: str) -> dict[str, Any]:
    """The fields of the message as it is sent to one cell. Raises Uncarriable."""
    refuse_what_has_no_place(message)
    fields = {name: value for name, value in carried.fields_of(message.headers).items() if value}
    answers = identifier_elsewhere(message, address)
    if message.in_reply_to and not answers:
        raise Uncarriable(
            Sentence(
                "This message answers one that Personium has no identifier for. Send it as a new "
                "one."
            )
        )
    if answers:
        fields["InReplyTo"] = answers
    return {**fields, "Title": title_of(message), "Body": body_of(message)}


def refuse_what_has_no_place(message: Message) -> None:
    if message.attachments.exists():
        raise Uncarriable(Sentence("Personium messages have no attachments. Take another road."))
    others = [
        name for name, value in message.headers.items() if not carried.is_carried(name, value)
    ]
    if others:
        raise Uncarriable(
            Sentence(
                "Personium messages have no such headers, and this one has “%(others)s”. Leave "
                "it out.",
                others=others[0][:100],
            )
        )


def title_of(message: Message) -> str:
    title = " ".join(message.subject.splitlines())
    if len(title) > LONGEST_TITLE:
        raise Uncarriable(
            Sentence(
                "A title in Personium has at most %(longest_title)s characters; this subject "
                "has %(title)s.",
                longest_title=LONGEST_TITLE,
                title=len(title),
            )
        )
    return title


def body_of(message: Message) -> str:
    """The content as text. Any type is named by nothing but itself there, so only what shows its
    own type, or is plain text, keeps its meaning."""
    name = plain(message.content_type)
    content = message.body()
    if name not in PLAIN and (is_binary(name) or recognise(content) != name):
        raise Uncarriable(
            Sentence(
                "Personium messages are text, and %(name)s would not be known again. Send plain "
                "text, or take another road.",
                name=name,
            )
        )
    try:
        text = content.decode(_charset(message.content_type))
    except (UnicodeDecodeError, LookupError):
        raise Uncarriable(
            Sentence(
                "Personium messages are text, and this %(name)s is not text in the character "
                "set that it names.",
                name=name,
            )
        ) from None
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST_BODY:
        raise Uncarriable(
            Sentence(
                "A message in Personium has at most %(longest_body)s bytes; this one has %(size)s.",
                longest_body=LONGEST_BODY,
                size=size,
            )
        )
    return text


def refuse_other_generation(fields: dict[str, Any], generation: str) -> None:
    """Requests are written in another way in each generation. Raises Uncarriable."""
    kind = fields.get("Type", carried.MESSAGE)
    fits = kind == carried.MESSAGE or (kind in FIRST_GENERATION) == (generation == "g1")
    if not fits:
        raise Uncarriable(
            Sentence(
                "The Personium unit does not know requests of the type “%(kind)s”: it speaks "
                "another version of the message interface.",
                kind=str(kind)[:40],
            )
        )


def _charset(content_type: str) -> str:
    for part in content_type.split(";")[1:]:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"') or "utf-8"
    return "utf-8"
