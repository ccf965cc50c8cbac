"""Which images stand in a message: those that are in it, and nothing from elsewhere."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias
from urllib.parse import unquote

# By its Content-ID: the type of an image in this message, and its bytes.
Enclosed: TypeAlias = Mapping[str, tuple[str, bytes]]

EACH, ALL, COUNT = 2 * 1024 * 1024, 10 * 1024 * 1024, 200
# Images from other parts count for the size of the page that they are put into.
BROUGHT = 5 * 512 * 1024
SIGNATURES = {
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
}
_DATA = re.compile(
    r"data:image/(png|jpeg|jpg|gif|webp);"
    r"base64,([A-Za-z0-9+/\s]+={0,2}\s*)",
    re.IGNORECASE,
)


@dataclass
class Images:
    """Judges the images of one message in their order; ``refused`` counts those not shown."""

    remote: bool = False
    refused: int = 0
    count: int = 0
    bytes: int = 0
    enclosed: Enclosed = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    def source(self, address: str) -> str:
        """What the image may be loaded from; nothing makes it a placeholder."""
        shown = self._remote(address) or self._enclosed(self._brought(address) or address)
        if not shown:
            self.refused += 1
        return shown

    def _remote(self, address: str) -> str:
        return address if self.remote and re.fullmatch(r"https://[^\s\\]{3,2000}", address) else ""

    def _brought(self, address: str) -> str:
        """An image among the parts of this message, as an address that holds its bytes."""
        number = unquote(address[4:]) if address[:4].lower() == "cid:" else ""
        if number not in self.enclosed:
            return ""
        self.used.add(number)
        content_type, content = self.enclosed[number]
        # Of what is larger than the rest of this page may be, the list of files has a link.
        if len(content) > EACH or self.bytes + len(content) > BROUGHT:
            return ""
        return f"data:{content_type};base64,{base64.b64encode(content).decode()}"

    def _enclosed(self, address: str) -> str:
        found = _DATA.fullmatch(address)
        if not found:
            return ""
        kind, encoded = found[1].lower().replace("jpg", "jpeg"), re.sub(r"\s+", "", found[2])
        size = len(encoded) * 3 // 4
        self.count += 1
        self.bytes += size
        fits = size <= EACH and self.bytes <= ALL and self.count <= COUNT
        return f"data:image/{kind};base64,{encoded}" if fits and begins_as(kind, encoded) else ""


def begins_as(kind: str, encoded: str) -> bool:
    try:
        first = base64.b64decode(encoded[:64], validate=True)
    except (binascii.Error, ValueError):
        return False
    return first.startswith(SIGNATURES[kind]) and (kind != "webp" or first[8:12] == b"WEBP")
