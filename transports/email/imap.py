"""imaplib's connection with what it lacks: a deadline over the whole conversation, and an end to
answers that have none."""

import imaplib
import socket

from transports.email.server import Server
from transports.wire.line import Deadline, connect

PIECE = 64 * 1024
LONGEST_LINE = 64 * 1024


class Connection(imaplib.IMAP4):
    """Each read and write ends by the deadline. Raises OSError and imaplib's own errors."""

    sock: socket.socket

    def __init__(self, server: Server, deadline: Deadline, longest: int) -> None:
        self.server = server
        self.deadline = deadline
        self.longest = longest
        self.held = b""
        super().__init__(server.host, server.port)

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        self.host, self.port = host, port
        seconds = self.deadline.left(self.server.connect_timeout)
        self.sock = connect(host, port, seconds)
        if self.server.effective_security == "tls":
            with self.sock as plain:  # once wrapped it is empty; it must not stay open otherwise
                plain.settimeout(self.deadline.left())
                context = self.server.tls_context()
                self.sock = context.wrap_socket(plain, server_hostname=host)

    def encrypt(self) -> None:
        """STARTTLS. What was said before it is not of the server that is verified by it."""
        self.sock.settimeout(self.deadline.left())
        code, _ = self._simple_command("STARTTLS")
        if code != "OK" or self.held:
            raise self.error("the server does not begin to encrypt")
        self.sock.settimeout(self.deadline.left())
        context = self.server.tls_context()
        self.sock = context.wrap_socket(self.sock, server_hostname=self.host)
        self._get_capabilities()

    def send(self, data) -> None:
        rest = memoryview(data)
        while rest:
            self.sock.settimeout(self.deadline.left())
            rest = rest[self.sock.send(rest) :]

    def readline(self) -> bytes:
        while b"\n" not in self.held:
            if len(self.held) > LONGEST_LINE:
                raise self.abort("a line of its answer has no end")
            self.held += self._piece()
        line, _, self.held = self.held.partition(b"\n")
        return line + b"\n"

    def read(self, size: int) -> bytes:
        """What follows a line that announced so many bytes."""
        if size > self.longest:
            raise self.abort("its answer is too long")
        found = bytearray(self.held)
        while len(found) < size:
            found += self._piece()
        self.held = bytes(found[size:])
        return bytes(found[:size])

    def shutdown(self) -> None:
        self.sock.close()

    def _piece(self) -> bytes:
        self.sock.settimeout(self.deadline.left())
        piece = self.sock.recv(PIECE)
        if not piece:
            raise self.abort("the connection was lost")
        return piece
