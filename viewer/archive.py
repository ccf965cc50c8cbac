"""A message and its files as one ZIP archive, written while it is sent."""

import io
import zipfile
from collections.abc import Iterable, Iterator

from django.utils import timezone

from boxes.models import Attachment, Message
from viewer import files

# No clock before it fits into an archive.
_EARLIEST = (1980, 1, 1, 0, 0, 0)


class _Pipe(io.RawIOBase):
    """Holds what was written until it is sent; nothing can be changed after that."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        self.pieces.append(bytes(piece))
        return len(piece)

    def sent(self) -> bytes:
        pieces, self.pieces = self.pieces, []
        return b"".join(pieces)


def of(message: Message, attachments: Iterable[Attachment]) -> Iterator[bytes]:
    pipe, taken = _Pipe(), set[str]()
    whole = files.original_name(message.xuid, message.content_type)
    parts = [(whole, message.content.size, message.open_content)]
    parts += [
        (files.full_name(item.filename, item.content_type, item.position), item.size, item.chunks)
        for item in attachments
    ]
    moment = timezone.localtime(message.created_at).timetuple()[:6]
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, size, chunks in parts:
            entry = zipfile.ZipInfo(_free(name, taken), max(moment, _EARLIEST))
            entry.compress_type, entry.file_size = zipfile.ZIP_DEFLATED, size
            with archive.open(entry, "w") as part:
                for chunk in chunks():
                    part.write(chunk)
                    yield pipe.sent()
    yield pipe.sent()


def _free(name: str, taken: set[str]) -> str:
    """A name that no other entry has, on systems too that know no capitals."""
    stem, dot, ending = name.rpartition(".")
    free, n = name, 1
    while free.casefold() in taken:
        n += 1
        free = f"{stem} ({n}){dot}{ending}" if stem else f"{name} ({n})"
    taken.add(free.casefold())
    return free
