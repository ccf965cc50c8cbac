"""What somebody typed that could not be taken: given back on the next page, once.

It may name a patient, so the session holds it encrypted, as drafts are.
"""

import json

from django.contrib.sessions.backends.base import SessionBase

from boxes import encryption

MOST, LONGEST, PURPOSE = 10, 4000, b"typed"
SESSION_KEY = "kept"


def keep(session: SessionBase, what: str, xuid: str, **texts: str) -> None:
    """``what`` says in which form of the message it was typed. What no database takes is left
    out, as the next page may look for it."""
    cut = {name: text.replace("\0", "")[:LONGEST] for name, text in texts.items()}
    sealed = encryption.encrypt(json.dumps(cut).encode(), PURPOSE).hex()
    name = f"{what} {xuid}"
    earlier = [pair for pair in session.get(SESSION_KEY, {}).items() if pair[0] != name]
    session[SESSION_KEY] = dict([*earlier[-MOST + 1 :], (name, sealed)])


def take(session: SessionBase, what: str, xuid: str) -> dict[str, str]:
    """Empty where nothing was kept, or its key is gone."""
    name = f"{what} {xuid}"
    if name not in session.get(SESSION_KEY, {}):
        return {}
    sealed = session[SESSION_KEY].pop(name)
    session.modified = True
    try:
        return json.loads(encryption.decrypt(bytes.fromhex(sealed), PURPOSE))
    except encryption.Undecryptable:
        return {}
