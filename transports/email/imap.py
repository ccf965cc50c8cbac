"""imaplib's connection with what it lacks: a deadline over the whole conversation, and an end to
answers that have none."""

import imaplib
import io
import socket

from transports.email.server import Server
from transports.wire.line import Deadline, connect

BUFFER = 64 * 1024
LONGEST_LINE = 64 * 1024


class Connection(imaplib.IMAP4):
    """Each read and write ends by the deadline. Raises OSError and imaplib's own errors."""

    sock: socket.socket

    def __init__(self, server: Server, deadline: Deadline, longest: int) -> None:
        self.server = server
        self.deadline = deadline
        self.longest = longest
        super().__init__(server.host, server.port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        seconds = self.deadline.left(self.server.connect_timeout)
        self.sock = connect(host, port, seconds)
        if self.server.effective_security == "tls":
            with self.sock as plain:  # once wrapped it is empty; it must not stay open otherwise
                self._wrap(plain)
        self.lines = io.BufferedReader(_Bytes(self), BUFFER)

    def encrypt(self) -> None:
        """STARTTLS. What was said before it is not of the server that is verified by it."""
        code, _ = self._simple_command("STARTTLS")
        if code != "OK":
            raise self.error("the server does not begin to encrypt")
        self._wrap(self.sock)
        self.lines = io.BufferedReader(_Bytes(self), BUFFER)
        self._get_capabilities()

    def _wrap(self, plain: socket.socket) -> None:
        plain.settimeout(self.deadline.left())
        context = self.server.tls_context()
        self.sock = context.wrap_socket(plain, server_hostname=self.host)

    def send(self, data) -> None:
        rest = memoryview(data)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest) :]

    def readline(self) -> bytes:
        line = self.lines.readline(LONGEST_LINE)
        if not line.endswith(b"\n"):
            lost = len(line) < LONGEST_LINE
            raise self.abort(
                "the connection was lost" if lost else "a line of its answer is endless"
            )
        return line

    def read(self, size: int) -> bytes:
        """What follows a line that announced so many bytes."""
        if size > self.longest:
            raise self.abort("its answer is too long")
        found = self.lines.read(size)
        if len(found) < size:
            raise self.abort("the connection was lost")
        return found

    def shutdown(self) -> None:
        self.sock.close()


class _Bytes(io.RawIOBase):
    """What comes from the connection's socket, by its deadline."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        self.connection.sock.settimeout(self.connection.deadline.left())
        return self.connection.sock.recv_into(buffer)
