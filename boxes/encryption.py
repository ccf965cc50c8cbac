"""Encryption at rest: AES-256-GCM under a rotating key whose id stands in the header.

Layout: version byte, length of the key id, key id, 12-byte nonce, ciphertext with tag.
"""

import functools
import os

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

VERSION = 1
NONCE = 12


class Undecryptable(Exception):
    """The bytes were changed, or the key they were encrypted with is no longer in the set."""


@functools.lru_cache(maxsize=32)
def _cipher(key: bytes) -> AESGCM:
    return AESGCM(key)


def current_key_id() -> str:
    return next(iter(settings.CONTENT_KEYS))


def key_id_of(sealed: bytes) -> str:
    """Which key these bytes are under."""
    return sealed[2 : 2 + sealed[1]].decode("ascii", "replace") if len(sealed) > 2 else ""


def encrypt(plain: bytes, bound_to: bytes) -> bytes:
    """Encrypt with the first key; ``bound_to`` must be given again to decrypt."""
    key_id, key = next(iter(settings.CONTENT_KEYS.items()))
    nonce = os.urandom(NONCE)
    label = key_id.encode()
    return b"".join(
        (bytes((VERSION, len(label))), label, nonce, _cipher(key).encrypt(nonce, plain, bound_to))
    )


def decrypt(sealed: bytes, bound_to: bytes) -> bytes:
    """Raises Undecryptable."""
    try:
        if sealed[0] != VERSION:
            raise Undecryptable("The encrypted bytes are of an unknown version.")
        end = 2 + sealed[1]
        key_id = sealed[2:end].decode("ascii")
        key = settings.CONTENT_KEYS[key_id]
        nonce, body = sealed[end : end + NONCE], sealed[end + NONCE :]
        return _cipher(key).decrypt(nonce, body, bound_to)
    except KeyError as error:
        raise Undecryptable(f"Key {error} is not in CONTENT_KEYS.") from error
    except Undecryptable:
        raise
    except Exception as error:
        raise Undecryptable("The stored bytes were changed or cut off.") from error
