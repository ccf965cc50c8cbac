"""Text as it is searched: without case, accents and punctuation."""

import re
import unicodedata


def folded(text: str) -> str:
    """Lower case without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The words of a name or a search: ``Duinmeijer-van ’t Hooft`` has four."""
    return re.findall(r"[^\W_]+", folded(text))
