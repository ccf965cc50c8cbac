"""Where a link may lead, and when its real host must be said."""

import re
import unicodedata
from urllib.parse import urlsplit

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\\\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_WEB = re.compile(r"https?://([^/?#]+)(?:[/?#].*)?", re.IGNORECASE | re.DOTALL)
_MAIL = re.compile(
    r"mailto:([A-Za-z0-9._%+'-]{1,64}@[A-Za-z0-9.-]{1,253})(?:\?.*)?", re.IGNORECASE | re.DOTALL
)
_TELEPHONE = re.compile(r"tel:[0-9+().-]{3,30}", re.IGNORECASE)
_HOST_IN_TEXT = re.compile(r"(?:https?://)?((?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})\b", re.IGNORECASE)
LOOKED = 500


def safe_address(address: str) -> str:
    """The address if a link may lead there (web, e-mail, telephone), else nothing."""
    address = address.strip(" ")
    if len(address) > 2000 or _UNSAFE.search(address):
        return ""
    if found := _MAIL.fullmatch(address):
        return f"mailto:{found[1]}"
    if _TELEPHONE.fullmatch(address):
        return address
    found = _WEB.fullmatch(address)
    return address if found and "@" not in found[1] and host(address) else ""


def host(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def host_to_tell(address: str, text: str) -> str:
    """The real host, when the text names another one or the host is made to look like one."""
    real = host(address) if address[:4].lower() == "http" else ""
    if not real:
        return ""
    read = as_read(text)
    named = {found.lower().removeprefix("www.") for found in _HOST_IN_TEXT.findall(read[:LOOKED])}
    misleading = bool(named) and real.removeprefix("www.") not in named
    # Of a text too long to be looked through nobody knows what it names.
    misleading = misleading or len(read) > LOOKED
    return real if misleading or "xn--" in real or not real.isascii() else ""


def as_read(text: str) -> str:
    """The text as an eye takes it in: nothing unseen in it, one space for many, one form of dot."""
    seen = (one for one in text if unicodedata.category(one) not in ("Cf", "Cc") or one.isspace())
    return " ".join(unicodedata.normalize("NFKC", "".join(seen)).split())
