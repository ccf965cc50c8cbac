"""Cell URLs, written in one way, so that two spellings of a cell are one address."""

from urllib.parse import urlsplit

from boxes.sentence import Sentence

LONGEST = 1024


class NotACell(ValueError):
    """The text is no cell URL; the message says why."""


def cell_url(text: str) -> str:
    """The URL with scheme and host in lower case and a slash at its end. Raises NotACell."""
    if len(text) > LONGEST:
        raise NotACell(Sentence("A cell URL has at most %(longest)s characters.", longest=LONGEST))
    if not text.isascii() or any(sign <= " " or sign in '\\"<>^`{|},' for sign in text):
        raise NotACell(Sentence("A cell URL has no spaces, commas or letters outside ASCII."))
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise NotACell(Sentence("This is no URL: %(error)s.", error=error)) from error
    scheme = parts.scheme.lower()
    if scheme not in ("https", "http") or not host:
        raise NotACell(Sentence("A cell URL begins with https:// and a host name."))
    if "@" in parts.netloc or parts.query or parts.fragment or "?" in text or "#" in text:
        raise NotACell(Sentence("A cell URL holds no login, query or fragment."))
    path = parts.path if parts.path.endswith("/") else f"{parts.path}/"
    if "//" in path or any(step in (".", "..") for step in path.split("/")):
        raise NotACell(Sentence("The path of a cell URL goes straight to the cell."))
    if ":" in host:
        host = f"[{host}]"
    default = {"https": 443, "http": 80}[scheme]
    where = host if port in (None, default) else f"{host}:{port}"
    return f"{scheme}://{where}{path}"


def unit_of(cell: str) -> str:
    """Scheme, host and port of a cell, with a slash: the unit where cells are paths of one host."""
    parts = urlsplit(cell)
    return f"{parts.scheme}://{parts.netloc}/"
