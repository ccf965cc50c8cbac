"""Sentences that are kept in English, for programs and logs, and told in the reader's language."""

from typing import Any, Self

from django.utils.translation import gettext


class Sentence(str):
    """An English sentence that knows its message in the catalogue, and the facts that fill it.

    It is that text wherever a text is asked for. A fact may be a sentence itself; another
    system's own words are facts, and stay as they were said. ``plain`` says the same to who
    writes messages, where the sentence itself names what only an administrator can change.
    """

    message: str
    plain: str
    facts: dict[str, Any]

    def __new__(cls, message: str, /, plain: str = "", **facts: object) -> Self:
        known = {
            name: fact if isinstance(fact, str | int) else str(fact) for name, fact in facts.items()
        }
        made = super().__new__(cls, message % known if known else message)
        made.message, made.plain, made.facts = message, plain, known
        return made

    def __str__(self) -> str:
        return self  # so that str(error) is the sentence that the error was raised with

    def told(self, plainly: bool = False) -> str:
        """In the language that is active."""
        text = gettext(self.plain if plainly and self.plain else self.message)
        facts = {name: told(fact, plainly) for name, fact in self.facts.items()}
        return text % facts if facts else text

    def kept(self) -> dict[str, Any]:
        facts = {
            name: fact.kept() if isinstance(fact, Sentence) else fact
            for name, fact in self.facts.items()
        }
        plain = {"plain": self.plain} if self.plain else {}
        return {"message": self.message, "facts": facts, **plain}


def english(text: object) -> str:
    """The text alone, as a column keeps it."""
    return "".join([str(text)])


def kept(text: object) -> dict[str, Any] | None:
    """What has to be kept beside the English text, to tell it in another language."""
    return text.kept() if isinstance(text, Sentence) else None


def told(text: Any, plainly: bool = False) -> Any:
    """A sentence in the language that is active; what is none as it is."""
    return text.told(plainly) if isinstance(text, Sentence) else text


def told_again(text: str, kept: Any, plainly: bool = False) -> str:
    """What was kept, in the language that is active; where that cannot be told, the text."""
    try:
        return _made_of(kept).told(plainly) if kept else text
    except (KeyError, TypeError, ValueError):
        return text


def _made_of(kept: dict[str, Any]) -> Sentence:
    facts = {
        name: _made_of(fact) if isinstance(fact, dict) else fact
        for name, fact in kept["facts"].items()
    }
    return Sentence(kept["message"], plain=kept.get("plain", ""), **facts)
