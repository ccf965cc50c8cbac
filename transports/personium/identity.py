"""Message identifiers: Personium's are 32 hexadecimal digits, ours the same UUID in base64."""

import base64
import hashlib
import re

_OURS = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)
_THEIRS = re.compile(r"[0-9a-f]{32}", re.ASCII)


def id_of(xuid: str, n: int = 1) -> str:
    """The identifier under which delivery ``n`` of a message travels, at each attempt the same.

    The first carries the message's own; a cell keeps each identifier once, so the others, which
    may go through the same cell, have one of their own.
    """
    if n == 1 and _OURS.fullmatch(xuid):
        return base64.urlsafe_b64decode(f"{xuid}==").hex()
    return hashlib.sha256(f"{xuid}.{n}".encode()).hexdigest()[:32]


def xuid_of(identifier: str) -> str:
    """The xuid that an identifier was made from; empty when it is none of ours."""
    if not _THEIRS.fullmatch(identifier):
        return ""
    return base64.urlsafe_b64encode(bytes.fromhex(identifier)).rstrip(b"=").decode()


def chosen_id(box: str, identifier: str, address: str) -> str:
    """The same for a message whose sender gave it an identifier, whatever the number."""
    return hashlib.sha256(f"{box} {identifier} {address}".encode()).hexdigest()[:32]
