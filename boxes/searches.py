"""Searches for a patient: kept in the session, encrypted, under a name that may stand in an
address."""

import secrets

from django.contrib.sessions.backends.base import SessionBase

from boxes import encryption

KEPT, PURPOSE = 10, b"search"
LONGEST = 1000


def keep(session: SessionBase, text: str) -> str:
    """Returns the name of this search."""
    name = secrets.token_urlsafe(9)
    sealed = encryption.encrypt(text[:LONGEST].encode(), PURPOSE).hex()
    earlier = list(session.get("searches", {}).items())[-KEPT + 1 :]
    session["searches"] = dict([*earlier, (name, sealed)])
    return name


def read(session: SessionBase, name: str) -> str:
    """What was searched for; empty where the search is no longer known."""
    sealed = session.get("searches", {}).get(name, "")
    try:
        return encryption.decrypt(bytes.fromhex(sealed), PURPOSE).decode() if sealed else ""
    except encryption.Undecryptable:
        return ""
