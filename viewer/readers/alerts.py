"""What must be seen at the top of a page: allergies and warnings, whatever format carries them."""

import re

# "No known allergies" and its kin, by code and in words.
NOTHING = ("716186003", "160244002", "409137002", "428607008", "429625007")
# The whole text, for "penicillin; no others known" does warn.
_NOTHING = re.compile(
    r"(?i)\W*(?:geen|niet bekend|nkd?a|(?:geen|no known|none)[\w \-]{0,60}"
    r"|geen [\w \-]{0,60}(?:bekend|gekend))\W*"
)


def nothing_known(text: str) -> bool:
    """Whether a text only says that there is nothing to warn of."""
    return bool(_NOTHING.fullmatch(text)) or any(code in text for code in NOTHING)
