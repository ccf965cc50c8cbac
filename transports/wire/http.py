"""One call to an HTTP interface of another system, within one total deadline.

It returns the answer, whatever its status; raises Fault when the far side certainly did not
get the whole call, and Doubt when the end of the body was on its way and no answer came that
can be read. Redirects are never followed: they would take a login to another host.
"""

import functools
import json
import ssl
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Network, ip_address
from typing import Any
from urllib.parse import SplitResult, urlencode, urljoin, urlsplit

import httpcore2

from boxes.sentence import Sentence
from transports.wire.faults import Doubt, Fault
from transports.wire.line import Deadline, connect

PIECE = 64 * 1024
LONGEST_ANSWER = 1024 * 1024
# Translators to IPv4: what lies behind them is any network of theirs (RFC 6052, RFC 8215).
NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))


@dataclass(frozen=True)
class Site:
    """An HTTP interface and how to reach it.

    ``name`` and ``origin`` stand in sentences: whose interface it is, and what a person has
    to mend (a setting or an account). Without ``private`` no address is called that belongs
    to this host or to a private network: for addresses that a sender chose. ``plain`` allows
    http to other hosts than this one.
    """

    name: str
    url: str
    origin: str
    ca_file: str = ""
    connect_timeout: float = 10
    timeout: float = 40
    private: bool = True
    plain: bool = False

    def address_of(self, path: str, query: Sequence[tuple[str, str]] = ()) -> SplitResult:
        """Raises Fault where it cannot be called."""
        base = self.url if self.url.endswith("/") or not path else f"{self.url}/"
        whole = urljoin(base, path) if "://" in path else base + path
        if query:
            whole += ("&" if "?" in whole else "?") + urlencode(query)
        try:
            parts = urlsplit(whole)
            good = parts.scheme in ("https", "http") and parts.hostname and parts.port != 0
        except ValueError:
            good = False
        if not good or not whole.isascii() or any(sign <= " " for sign in whole):
            raise Fault(
                Sentence(
                    "“%(url)s” is no web address. Check %(origin)s.",
                    url=self.url,
                    origin=self.origin,
                )
            )
        if parts.scheme == "http" and not self.plain and not is_this_host(parts.hostname or ""):
            raise Fault(
                Sentence(
                    "%(name)s is reached over https only, and “%(url)s” is not encrypted. Check "
                    "%(origin)s.",
                    name=self.name,
                    url=self.url,
                    origin=self.origin,
                )
            )
        return parts

    def tls_context(self) -> ssl.SSLContext:
        try:
            return _verifying(self.ca_file)
        except OSError:
            raise Fault(
                Sentence(
                    "The file %(ca_file)s holds no certificates that can be read, so nothing was "
                    "sent to %(name)s.",
                    ca_file=self.ca_file,
                    name=self.name,
                )
            ) from None


@functools.lru_cache(maxsize=8)
def _verifying(ca_file: str) -> ssl.SSLContext:
    """Kept: reading the system's authorities takes longer than most calls."""
    return ssl.create_default_context(cafile=ca_file or None)


@dataclass(frozen=True)
class Answer:
    """What the far side said; the names of ``headers`` are lowercase."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """Raises ValueError where the body is no JSON."""
        return json.loads(self.body)


class NotPublic(Exception):
    """A name that leads into a private network."""


def call(
    site: Site,
    method: str,
    path: str = "",
    *,
    query: Sequence[tuple[str, str]] = (),
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    repeatable: bool = False,
    longest_answer: int = LONGEST_ANSWER,
) -> Answer:
    """``path`` is added to the site's address, or is an address of its own.

    ``repeatable`` says that the call changes nothing there: then no doubt is left behind.
    Raises Fault or Doubt.
    """
    address = site.address_of(path, query)
    deadline = Deadline(site.timeout)
    sent = _Body(body)
    try:
        return _exchange(site, method, address, headers or {}, sent, deadline, longest_answer)
    except Fault:
        raise
    except NotPublic as error:
        raise Fault(
            Sentence(
                "%(name)s at “%(hostname)s” lies in a private network (%(error)s), to which "
                "this installation sends nothing.",
                name=site.name,
                hostname=address.hostname,
                error=error,
            ),
            permanent=True,
        ) from None
    except (httpcore2.NetworkError, httpcore2.TimeoutException, OSError) as error:
        raise _loss(site, sent, repeatable, _reason(error, site)) from error
    except (httpcore2.ProtocolError, _Unreadable) as error:
        lost = "disconnected" in str(error) or "peer closed" in str(error)
        reason = (
            Sentence("the connection was lost") if lost else Sentence("its answer cannot be read")
        )
        raise _loss(site, sent, repeatable, reason) from error


def _exchange(site, method, address, headers, sent, deadline, longest) -> Answer:
    line = _Line(site, deadline)
    host = address.netloc.rpartition("@")[2]
    fields = [("Host", host), ("Accept-Encoding", "identity"), ("Connection", "close")]
    fields += headers.items()
    if sent.content or method in ("POST", "PUT"):
        fields.append(("Content-Length", str(len(sent.content))))
    with (
        httpcore2.ConnectionPool(ssl_context=site.tls_context(), network_backend=line) as pool,
        pool.stream(
            method,
            address._replace(netloc=host, fragment="").geturl(),
            headers=fields,
            content=iter(sent),
        ) as response,
    ):
        return Answer(
            response.status,
            {name.decode("latin-1").lower(): _text(value) for name, value in response.headers},
            _read(response.iter_stream(), longest),
        )


def _read(pieces: Iterable[bytes], longest: int) -> bytes:
    read = bytearray()
    for piece in pieces:
        read += piece
        if len(read) > longest:
            raise _Unreadable("too long")
    return bytes(read)


def _text(value: bytes) -> str:
    return value.decode("utf-8", "replace")


class _Unreadable(Exception):
    """An answer that nobody can use."""


class _Body:
    """The body in pieces; knows whether its last piece was begun."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ending = False

    def __iter__(self) -> Iterator[bytes]:
        self.ending = self.ending or not self.content
        for start in range(0, len(self.content), PIECE):
            self.ending = self.ending or start + PIECE >= len(self.content)
            yield self.content[start : start + PIECE]


class _Line(httpcore2.NetworkBackend):
    """httpcore's way to the network: each connection, read and write ends by the deadline."""

    def __init__(self, site: Site, deadline: Deadline) -> None:
        self.site = site
        self.deadline = deadline

    def connect_tcp(
        self, host, port, timeout=None, local_address=None, socket_options=None
    ) -> httpcore2.NetworkStream:
        seconds = self.deadline.left(self.site.connect_timeout)
        if self.site.private:
            return _Stream(connect(host, port, seconds), self.deadline)
        return _Stream(connect(host, port, seconds, refuse_private), self.deadline)


class _Stream(httpcore2.NetworkStream):
    def __init__(self, line, deadline: Deadline) -> None:
        self.line = line
        self.deadline = deadline

    def read(self, max_bytes, timeout=None) -> bytes:
        self.line.settimeout(self.deadline.left())
        try:
            return self.line.recv(max_bytes)
        except TimeoutError as error:
            raise httpcore2.ReadTimeout(str(error)) from error
        except OSError as error:
            raise httpcore2.ReadError(str(error)) from error

    def write(self, buffer, timeout=None) -> None:
        rest = memoryview(buffer)
        while rest:
            self.line.settimeout(self.deadline.left())
            try:
                rest = rest[self.line.send(rest) :]
            except TimeoutError as error:
                raise httpcore2.WriteTimeout(str(error)) from error
            except OSError as error:  # then httpcore reads what was said before it hung up
                raise httpcore2.WriteError(str(error)) from error

    def close(self) -> None:
        self.line.close()

    def start_tls(self, ssl_context, server_hostname=None, timeout=None) -> "_Stream":
        self.line.settimeout(self.deadline.left())
        try:
            line = ssl_context.wrap_socket(self.line, server_hostname=server_hostname)
        except Exception:
            self.close()
            raise
        return _Stream(line, self.deadline)

    def get_extra_info(self, info):
        return None


def is_this_host(host: str) -> bool:
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def refuse_private(address: str) -> None:
    """Raises NotPublic for an address of this host or of a private network."""
    found = ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    translated = any(found in network for network in NAT64)
    if not (found.is_global and inner.is_global) or found.is_multicast or translated:
        raise NotPublic(address)


def _loss(site: Site, sent: _Body, repeatable: bool, reason: str) -> Exception:
    if sent.ending and not repeatable:
        return Doubt(
            Sentence(
                "%(name)s may have taken the message: %(reason)s.", name=site.name, reason=reason
            )
        )
    return Fault(
        Sentence(
            "%(name)s could not be reached: %(reason)s. Check %(origin)s.",
            name=site.name,
            reason=reason,
            origin=site.origin,
        )
    )


def _reason(error: BaseException, site: Site) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Sentence(
            "its certificate is not to be trusted (%(verify_message)s)",
            verify_message=error.verify_message,
        )
    if isinstance(error, ssl.SSLError):
        return Sentence("no encrypted connection came about")
    if isinstance(error, (TimeoutError, httpcore2.TimeoutException)):
        return Sentence("it did not answer in time (%(timeout)s s)", timeout=f"{site.timeout:g}")
    if isinstance(error, ConnectionRefusedError):
        return Sentence("it does not take connections")
    words = str(error.strerror or error) if isinstance(error, OSError) else ""
    return words or Sentence("the connection was lost")
