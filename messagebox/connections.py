"""Connections of which none holds a thread for longer than its caller is at work.

gunicorn's threads wait for ever for the rest of a request: as many callers as there are threads,
each of which stops halfway, would keep everyone else out.
"""

import errno
import selectors
import time
from functools import partial

from django.conf import settings
from gunicorn.http.parser import RequestParser
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

# A body that takes longer than one wait has to come in at this pace on average, in bytes a second.
PACE = 10_000


class Reader(SocketUnreader):
    """What a caller sends, as long as it keeps sending."""

    def __init__(self, sock) -> None:
        super().__init__(sock)
        self.in_headers = True
        self.expired = False
        self.left = 0.0
        self.arrived = time.monotonic()

    def begin_headers(self) -> None:
        self.in_headers = True
        # Since its first byte: those that wait for a thread meanwhile use up their time as well.
        self.left = settings.HEADER_SECONDS - (time.monotonic() - self.arrived)

    def begin_body(self) -> None:
        self.in_headers = False
        self.left = settings.BODY_SECONDS
        # For the answer also: a caller that does not take it is let go.
        self.sock.settimeout(settings.BODY_SECONDS)

    def chunk(self, size_hint: int | None = None) -> bytes:
        """As the caller sends it; nothing more comes of headers that took too long.

        Raises TimeoutError for a body, which the application sees as one that broke off.
        """
        started, most = time.monotonic(), self.sock.gettimeout()
        try:
            self.sock.settimeout(max(0.001, min(self.left, most or self.left)))
            data = super().chunk(size_hint)
        except TimeoutError:
            self.expired = True
            if self.in_headers:
                return b""
            raise
        finally:
            self.sock.settimeout(most)
        self.left -= time.monotonic() - started
        if not self.in_headers:
            self.left += len(data) / PACE
        return data


class Parser(RequestParser):
    """Tells its reader where the headers of each request begin and end."""

    def __init__(self, cfg, sock, client) -> None:
        super().__init__(cfg, sock, client)
        self.unreader: Reader = Reader(sock)

    def __next__(self):
        self.unreader.begin_headers()
        request = super().__next__()
        self.unreader.begin_body()
        return request


class Connection(TConn):
    def __init__(self, cfg, sock, client, server) -> None:
        super().__init__(cfg, sock, client, server)
        self.parser: Parser = Parser(cfg, sock, client)
        self.closed = False

    def close(self, graceful: bool = False) -> None:
        if not self.closed:
            self.closed = True
            super().close(graceful and not self.parser.unreader.expired)


class Worker(ThreadWorker):
    def accept(self, listener) -> None:
        try:
            sock, client = listener.accept()
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EWOULDBLOCK):
                raise
            return
        self.nr_conns += 1
        self._await_first_byte(Connection(self.cfg, sock, client, listener.getsockname()))

    def _await_first_byte(self, conn: Connection) -> None:
        """Without a thread, as a connection waits that is kept for a next request."""
        conn.set_timeout()
        self.pending_conns.append(conn)
        readable = partial(self.on_pending_socket_readable, conn)
        self.poller.register(conn.sock, selectors.EVENT_READ, readable)

    def enqueue_req(self, conn: Connection) -> None:
        conn.parser.unreader.arrived = time.monotonic()
        super().enqueue_req(conn)

    def handle(self, conn: Connection):
        """Also end it here: waiting for the caller's end would keep the accepting thread busy."""
        kept = super().handle(conn)
        if kept is False:
            conn.close(graceful=True)
        return kept
