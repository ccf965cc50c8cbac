"""Large contents as encrypted files, written and read piece by piece.

A file is a row of records: four bytes length, then one encrypted piece of up to 1 MiB,
bound to the content's digest, its place in the row and whether it is the last. So pieces
cannot be moved, repeated or left out unnoticed. The file is synced before its row is
committed; what has no row after a day is swept.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from boxes.encryption import Undecryptable, decrypt, encrypt

PIECE = 1024 * 1024


def path_of(digest: str, key_id: str) -> Path:
    return settings.CONTENT_DIR / digest[:2] / f"{digest}.{key_id}"


def write(digest: str, key_id: str, plain: bytes | memoryview) -> str:
    """Write and sync; returns the path below CONTENT_DIR. An existing file is left as it is."""
    path = path_of(digest, key_id)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
        with open(fresh, "xb") as file:
            for index, piece, last in _pieces(memoryview(plain)):
                sealed = encrypt(bytes(piece), _binding(digest, index, last))
                file.write(len(sealed).to_bytes(4, "big") + sealed)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
        _sync_directory(path.parent)
    else:
        path.touch()  # young again: the sweep of orphans leaves it alone
    return str(path.relative_to(settings.CONTENT_DIR))


def read(name: str, digest: str) -> Iterator[bytes]:
    """Yield the plain pieces. Raises Undecryptable when the file was changed or cut off."""
    with open(settings.CONTENT_DIR / name, "rb") as file:
        head, index = file.read(4), 0
        while head:
            sealed = file.read(int.from_bytes(head, "big"))
            head = file.read(4)
            yield decrypt(sealed, _binding(digest, index, not head))
            index += 1
    if not index:
        raise Undecryptable("The content's file is empty.")


def _pieces(plain: memoryview) -> Iterator[tuple[int, memoryview, bool]]:
    for index, start in enumerate(range(0, max(len(plain), 1), PIECE)):
        yield index, plain[start : start + PIECE], start + PIECE >= len(plain)


def _binding(digest: str, index: int, last: bool) -> bytes:
    return f"{digest}:{index}:{'last' if last else 'more'}".encode()


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
