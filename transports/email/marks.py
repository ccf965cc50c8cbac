"""The mark that each mail of ours carries: whose delivery it is, in a form that only we can write.

A notice that returns the mark returns the mail itself. The Message-ID proves nothing: every
recipient of a message sees it.
"""

import hmac
import re
from dataclasses import dataclass

from boxes.summary import keyed_hash
from boxes.xuid import XUID_PATTERN

HEADER = "X-MessageBox-Xuid"
_SIGNS = 32
_MARK = re.compile(rf"({XUID_PATTERN})\.([1-9]\d{{0,5}})\.([0-9a-f]{{{_SIGNS}}})", re.ASCII)
_OURS = re.compile(
    rf"<?({XUID_PATTERN})(?:\.(\d{{1,6}})(?:\.[0-9a-f]{{{_SIGNS}}})?)?(?:@[^<>\s]*>?)?", re.ASCII
)


@dataclass(frozen=True)
class Subject:
    """The mail of ours that a mail is about; ``n`` is 0 where it does not name a delivery."""

    xuid: str
    n: int = 0


def mark_of(xuid: str, n: int) -> str:
    return f"{xuid}.{n}.{_proof(xuid, n)}"


def proven(text: str) -> Subject | None:
    """The delivery of a mark that we wrote; None for every other text."""
    found = _MARK.fullmatch(text.strip())
    if found is None:
        return None
    xuid, n, proof = found[1], int(found[2]), found[3]
    return Subject(xuid, n) if hmac.compare_digest(proof, _proof(xuid, n)) else None


def claimed(text: str) -> Subject | None:
    """What a mark or a message id says it is of. Anybody can write that."""
    found = _OURS.fullmatch(text.strip())
    return Subject(found[1], int(found[2] or 0)) if found else None


def _proof(xuid: str, n: int) -> str:
    return keyed_hash("mail of delivery", f"{xuid}.{n}")[:_SIGNS]
