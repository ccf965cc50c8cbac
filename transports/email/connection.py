"""smtplib's connection with what it lacks: a deadline over the whole conversation (its own
time-out starts anew with each read), and answers that are cut off, endless or none.
"""

import smtplib
import socket
from time import monotonic

from boxes.sentence import Sentence
from transports.email.server import Server
from transports.wire.faults import Fault
from transports.wire.line import Deadline, connect

LONGEST_ANSWER = 64 * 1024
GOODBYE_SECONDS = 2.0


class Conversation(Deadline):
    """The time that one hand-over to a mail server may take."""

    def __init__(self, server: Server) -> None:
        self.server = server
        super().__init__(server.timeout)

    def fault(self) -> Fault:
        return Fault(
            Sentence(
                "The mail server %(server)s did not answer in time (EMAIL_TIMEOUT is "
                "%(timeout)s s, EMAIL_CONNECT_TIMEOUT %(connect_timeout)s s). Check host, port "
                "and security in %(origin)s.",
                plain="The mail server %(server)s did not answer in time. Tell your "
                "administrator if this goes on.",
                server=self.server,
                timeout=f"{self.server.timeout:g}",
                connect_timeout=f"{self.server.connect_timeout:g}",
                origin=self.server.origin,
            )
        )


class Connection(smtplib.SMTP):
    """smtplib's connection, of which each read and write ends by the deadline."""

    def __init__(self, server: Server, deadline: Conversation) -> None:
        self.server = server
        self.deadline = deadline
        self.in_mail = False
        super().__init__(server.host, server.port, local_hostname=server.our_name)

    def _get_socket(self, host: str, port: int, timeout: object) -> socket.socket:
        connected = connect(host, port, self.deadline.left(self.server.connect_timeout))
        if self.server.effective_security != "tls":
            return connected
        with connected:  # once wrapped it is empty; when wrapping fails it must not stay open
            connected.settimeout(self.deadline.left())
            return self.server.tls_context().wrap_socket(connected, server_hostname=host)

    def send(self, s) -> None:
        self._arm()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None and self.sock is not None:
            self.file = AnswerReader(self.sock, self.deadline)
        code, answer = super().getreply()
        # smtplib takes any three digits for a code
        return (code if 200 <= code <= 599 else -1), answer

    def write(self, data: bytes) -> None:
        """Bytes of the mail: all of them, or the error as the system gave it."""
        if self.sock is None:
            raise ConnectionResetError("the connection is closed")
        rest = memoryview(data)
        while rest:
            self._arm()
            rest = rest[self.sock.send(rest) :]

    def last_words(self) -> tuple[int, bytes]:
        """What the server said before it hung up in the middle of the mail."""
        try:
            return self.getreply()
        except (OSError, smtplib.SMTPException):
            return -1, b""

    def part(self) -> None:
        """A polite end where the line is still there; no outcome depends on it."""
        try:
            self.deadline.at = monotonic() + GOODBYE_SECONDS
            if self.sock is not None and not self.in_mail:
                self.docmd("QUIT")
        except (OSError, smtplib.SMTPException):
            pass
        finally:
            self.close()

    def _arm(self) -> None:
        if self.sock is not None:
            self.sock.settimeout(self.deadline.left())


class AnswerReader:
    """Lines of the server: each read ends by the deadline, a line without its end is a loss,
    and one that never ends as well."""

    def __init__(self, sock: socket.socket, deadline: Conversation) -> None:
        self.sock = sock
        self.deadline = deadline
        self.held = b""
        self.taken = 0

    def readline(self, limit: int) -> bytes:
        while b"\n" not in self.held:
            self.sock.settimeout(self.deadline.left())
            piece = self.sock.recv(4096)
            self.taken += len(piece)
            if self.taken > LONGEST_ANSWER:
                raise OSError("its answers are too long")
            if not piece and self.held:
                raise ConnectionResetError("its answer was cut off")
            if not piece:
                return b""
            self.held += piece
        line, _, self.held = self.held.partition(b"\n")
        return line + b"\n"

    def close(self) -> None:
        self.held = b""
