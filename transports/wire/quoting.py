"""Another system's own words, fit to stand in a sentence of ours."""

import re

SHOWN_OF_ANSWER = 200
UNPRINTABLE = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]+"
)


def quoted(*words: str | int | bytes) -> str:
    """In quotation marks, on one line and not too many."""
    texts = [word.decode(errors="replace") if isinstance(word, bytes) else word for word in words]
    text = " ".join(UNPRINTABLE.sub(" ", str(word)).strip() for word in texts if word != "")
    text = text.removesuffix(".")
    return f"“{text if len(text) <= SHOWN_OF_ANSWER else text[: SHOWN_OF_ANSWER - 1] + '…'}”"
