"""A mail server that says what it was told to, line by line, for what aiosmtpd cannot do:
speak an older protocol, never stop talking, take a mail without keeping it."""

import contextlib
import socket
import threading
import time


class RawSmtp:
    """Serves one client: the first answer is the greeting, each next one answers a line.

    With ``chatter`` it only repeats these bytes, until the client leaves.
    """

    def __init__(self, *answers: str, chatter: bytes = b"") -> None:
        self.answers, self.chatter = answers, chatter
        self.heard: list[bytes] = []
        self.taken = 0  # bytes of the mail, without its end
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> "RawSmtp":
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._thread.join(10)
        self._listener.close()

    def _serve(self) -> None:
        self._listener.settimeout(10)
        connection, _ = self._listener.accept()
        with connection, contextlib.suppress(OSError):  # when the client had enough
            self._chatter(connection) if self.chatter else self._answer(connection)

    def _chatter(self, connection: socket.socket) -> None:
        while True:
            connection.sendall(self.chatter)
            time.sleep(0.01)

    def _answer(self, connection: socket.socket) -> None:
        lines = connection.makefile("rb")
        for answer in self.answers:
            connection.sendall(f"{answer}\r\n".encode())
            self.heard.append(self._mail(lines) if answer[:3] == "354" else lines.readline())

    def _mail(self, lines) -> bytes:
        while (line := lines.readline()) not in (b".\r\n", b""):
            self.taken += len(line)
        return line
