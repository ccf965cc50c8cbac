"""EMAIL_URL: the installation's mail server in one line."""

from typing import TypedDict
from urllib.parse import unquote, urlsplit

# scheme: (port, encrypted after STARTTLS, encrypted from the start)
SCHEMES = {
    "smtp": (25, False, False),
    "smtp+tls": (587, True, False),
    "submission": (587, True, False),
    "smtps": (465, False, True),
}


class EmailSettings(TypedDict):
    EMAIL_HOST: str
    EMAIL_PORT: int
    EMAIL_HOST_USER: str
    EMAIL_HOST_PASSWORD: str
    EMAIL_USE_TLS: bool
    EMAIL_USE_SSL: bool


def read_email_url(url: str) -> EmailSettings:
    """The EMAIL_… settings of ``scheme://user:password@host:port``. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in SCHEMES:
        raise ValueError(
            "EMAIL_URL begins with smtp://, smtp+tls:// (STARTTLS) or smtps:// (TLS from the "
            "start), for instance smtp+tls://user:password@mail.example.org:587."
        )
    if not parts.hostname or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError(
            "EMAIL_URL is scheme://user:password@host:port and nothing more. Write special "
            "characters of the password as %XX."
        )
    port, starttls, tls = SCHEMES[parts.scheme]
    return {
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or port,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": starttls,
        "EMAIL_USE_SSL": tls,
    }
