"""Text that SMTPeter shall send as it is.

It reads ``{…}`` in subject, text, HTML and addresses as its template language, in the head of a
page ``[…]``; what a sender wrote must come out of that unchanged.
"""

import re

_HEAD = re.compile(r".*?</head\s*>", re.IGNORECASE | re.DOTALL)
_IN_TEXT = str.maketrans({"{": "{ldelim}", "}": "{rdelim}"})
_IN_HEAD = str.maketrans({"{": "[ldelim]", "}": "[rdelim]"})


def has_braces(text: str | bytes) -> bool:
    if isinstance(text, bytes):
        return b"{" in text or b"}" in text
    return "{" in text or "}" in text


def shielded(text: str) -> str:
    return text.translate(_IN_TEXT)


def shielded_html(page: str) -> str:
    head = _HEAD.match(page)
    end = head.end() if head else 0
    return page[:end].translate(_IN_HEAD) + shielded(page[end:])
