"""Message identifiers: Personium's are 32 hexadecimal digits, ours the same UUID in base64.

A cell takes each identifier once, from whoever comes first. So what travels is made with a key:
who knows one identifier, or the xuid, cannot take the place of another.
"""

import base64
import hashlib
import hmac
import re

from django.conf import settings

_OURS = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_THEIRS = re.compile(r"[0-9a-f]{32}", re.ASCII)


def id_of(xuid: str) -> str:
    """The identifier of a message in the cell of its own box; it leads back to the xuid."""
    if _OURS.fullmatch(xuid):
        return base64.urlsafe_b64decode(f"{xuid}==").hex()
    return _keyed("message", xuid)


def delivery_id(xuid: str, n: int) -> str:
    """The identifier under which delivery ``n`` of a message travels, at each attempt the same."""
    return _keyed("delivery", xuid, str(n))


def xuid_of(identifier: str) -> str:
    """The xuid that an identifier was made from; empty when it is none of ours."""
    if not _THEIRS.fullmatch(identifier):
        return ""
    return base64.urlsafe_b64encode(bytes.fromhex(identifier)).rstrip(b"=").decode()


def chosen_id(box: str, identifier: str, address: str) -> str:
    """The same for a message whose sender gave it an identifier, whatever the number."""
    return _keyed("chosen", box, identifier, address)


def issued_id(issuer: str, identifier: str) -> str:
    """Where another cell came first with an identifier: what the message of this one gets."""
    return _keyed("issued", issuer, identifier)


def _keyed(*parts: str) -> str:
    text = "\n".join(("personium", *parts))
    return hmac.new(settings.HASH_KEY, text.encode(), hashlib.sha256).hexdigest()[:32]
