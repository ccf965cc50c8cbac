"""Sets of keys as they are written in the environment: ``id:base64url,id:base64url``.

The first key signs or encrypts, all of them verify or decrypt. ``python -m boxes.key_sets``
prints a fresh one; it needs no settings, so it serves before there are any.
"""

import base64
import re
import secrets

KEY_BYTES = 32
KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


def new_key_set() -> str:
    """One fresh key under a fresh id, in the form that the settings read."""
    key = base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode().rstrip("=")
    return f"k{secrets.token_hex(4)}:{key}"


def parse_key_set(name: str, text: str) -> dict[str, bytes]:
    """``id:base64url,…`` as an ordered dict.

    Raises ValueError when a key is not 256 bits, an id is no plain word, or there is none.
    """
    keys = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        key_id, _, encoded = part.partition(":")
        try:
            key = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
        except ValueError as error:
            raise ValueError(f"{name}: key {key_id!r} is not base64url.") from error
        if not KEY_ID.fullmatch(key_id) or len(key) != KEY_BYTES:
            raise ValueError(
                f"{name}: each key is written id:base64url of {KEY_BYTES} bytes, "
                "with an id of letters, digits, - and _."
            )
        if key_id in keys:
            raise ValueError(f"{name}: two keys have the id {key_id!r}.")
        keys[key_id] = key
    if not keys:
        raise ValueError(f"{name} holds no key.")
    return keys


if __name__ == "__main__":
    print(new_key_set())
