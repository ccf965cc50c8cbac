"""The identifier that leaves the system: 22 characters that a double-click selects."""

import base64
import re
import uuid

# What the URL space takes for one; older systems issued 21 characters.
XUID_LENGTH = 22  # of ours
XUID_PATTERN = r"[A-Za-z0-9_-]{20,24}"
_SHAPE = re.compile(rf"\A{XUID_PATTERN}\Z", re.ASCII)


def new_xuid() -> str:
    """A random UUID in URL-safe base64, drawn again until it is letters and digits only."""
    while True:
        xuid = base64.urlsafe_b64encode(uuid.uuid4().bytes).rstrip(b"=").decode()
        if xuid.isalnum():
            return xuid


def is_xuid(text: str) -> bool:
    return bool(_SHAPE.match(text))
