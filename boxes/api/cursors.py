"""Where a list goes on: opaque, and good for that list of that box only.

A cursor holds the number of a message, which never leaves the system readable: it is
masked with a key derived from its own signature, and the signature covers box and filters.
"""

import base64
import hmac

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from boxes.api.errors import Problem

SIGNATURE = 16
NUMBER = 8


def cursor_at(number: int, context: bytes) -> str:
    plain = number.to_bytes(NUMBER, "big")
    signature = _signature(plain, context)
    return base64.urlsafe_b64encode(signature + _masked(plain, signature)).decode()


def read_cursor(cursor: str, context: bytes) -> int:
    """The number. Raises Problem when it is forged or belongs to another list."""
    try:
        raw = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        raw = b""
    signature, masked = raw[:SIGNATURE], raw[SIGNATURE:]
    if len(masked) == NUMBER:
        plain = _masked(masked, signature)
        if hmac.compare_digest(signature, _signature(plain, context)):
            return int.from_bytes(plain, "big")
    sentence = _("This cursor does not belong to this list. Begin again without a cursor.")
    raise Problem(sentence, code="cursor_invalid", fields={"cursor": [sentence]})


def _signature(plain: bytes, context: bytes) -> bytes:
    return salted_hmac("boxes.api.cursors", plain + context, algorithm="sha256").digest()[
        :SIGNATURE
    ]


def _masked(number: bytes, signature: bytes) -> bytes:
    mask = salted_hmac("boxes.api.cursors.mask", signature, algorithm="sha256").digest()
    return bytes(a ^ b for a, b in zip(number, mask, strict=False))
