"""A mailbox at a mail server, over IMAP: what is in it, the bytes of each mail, and its removal.

Everything here can be asked again, so every loss is a Fault.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from boxes.sentence import Sentence
from transports.email.imap import Connection
from transports.email.server import Server
from transports.wire.faults import Fault
from transports.wire.line import Deadline
from transports.wire.quoting import quoted

FOLDER = "INBOX"
GOODBYE_SECONDS = 2.0
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")
_DELETED = re.compile(rb"\bFLAGS \([^)]*\\Deleted\b", re.IGNORECASE)
_QUOTED = re.compile(rb'\bBODY\[\] "((?:[^"\\\r\n]|\\.)*)"')


@dataclass(frozen=True)
class Waiting:
    """One mail in the mailbox; its number stays its own as long as the ``validity`` does."""

    uid: int
    size: int
    deleted: bool = False


class Mailbox:
    """The open inbox of one login. With ``look`` only nothing in it is changed, no mark either.

    Raises Fault.
    """

    def __init__(self, server: Server, *, look: bool, longest: int) -> None:
        self.server = server
        self.look = look
        self.deadline = Deadline(server.timeout)
        with self._blamed():
            self.connection = Connection(server, self.deadline, longest)
        try:
            with self._blamed():
                self._introduce()
                self.validity = self._select()
        except Fault:
            self.connection.shutdown()
            raise

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(self, *exception: object) -> None:
        """A polite end where the line is still there; nothing depends on it."""
        self.deadline = self.connection.deadline = Deadline(GOODBYE_SECONDS)
        with suppress(OSError, imaplib.IMAP4.error):
            self.connection.logout()
        self.connection.shutdown()

    # -- what is asked of it --

    @property
    def expunges(self) -> bool:
        """Whether the server removes one mail alone (UIDPLUS)."""
        return "UIDPLUS" in self.connection.capabilities

    def waiting(self) -> list[Waiting]:
        """All that is there, also what is marked as deleted."""
        found = []
        with self._blamed():
            for item in self._fetch("1:*", "(UID RFC822.SIZE FLAGS)"):
                line = item[0] if isinstance(item, tuple) else item
                uid, size = _UID.search(line), _SIZE.search(line)
                if uid and size:
                    deleted = bool(_DELETED.search(line))
                    found.append(Waiting(int(uid[1]), int(size[1]), deleted))
        return found

    def fetch(self, uid: int) -> bytes | None:
        """The whole mail; None when it is no longer there."""
        with self._blamed():
            for item in self._fetch(str(uid), "(UID BODY.PEEK[])"):
                line, content = item if isinstance(item, tuple) else (item, None)
                named = _UID.search(line)
                if content is None and (quoted := _QUOTED.search(line)):
                    content = re.sub(rb"\\(.)", rb"\1", quoted[1])
                if content is not None and (named is None or int(named[1]) == uid):
                    return content
        return None

    def remove(self, uid: int) -> None:
        """Without UIDPLUS it is only marked: an expunge would take what others marked along."""
        with self._blamed():
            self._ask("STORE", str(uid), "+FLAGS.SILENT", r"(\Deleted)")
            if self.expunges:
                self._ask("EXPUNGE", str(uid))

    # -- the conversation --

    def _introduce(self) -> None:
        server, connection = self.server, self.connection
        if server.effective_security == "starttls":
            if "STARTTLS" not in connection.capabilities:
                raise Fault(
                    Sentence(
                        "The mail server %(server)s offers no encryption, so nothing was "
                        "collected. Choose another port or security in %(origin)s.",
                        server=server,
                        origin=server.origin,
                    )
                )
            connection.encrypt()
        self._log_in()
        _, words = connection.capability()
        connection.capabilities = tuple(str(words[-1] or b"", "ascii", "replace").upper().split())

    def _log_in(self) -> None:
        username, password = self.server.username, self.server.password
        mend = Sentence(
            "Check the user name and password in %(origin)s.", origin=self.server.origin
        )
        if re.search(r"[\0\r\n]", username + password):
            raise Fault(
                Sentence(
                    "The user name or password for %(server)s has a line end. %(mend)s",
                    server=self.server,
                    mend=mend,
                )
            )
        try:
            if "AUTH=PLAIN" in self.connection.capabilities:
                words = f"\0{username}\0{password}".encode()
                self.connection.authenticate("PLAIN", lambda _: words)
            else:
                # imaplib quotes the password, and not the name
                self.connection.login('"' + re.sub(r'(["\\])', r"\\\1", username) + '"', password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            said = _quoted(error)
            raise Fault(
                Sentence(
                    "The mail server %(server)s refused our login: %(said)s. %(mend)s",
                    server=self.server,
                    said=said,
                    mend=mend,
                )
            ) from None
        except UnicodeEncodeError:
            raise Fault(
                Sentence(
                    "The user name or password for %(server)s has characters that this server does "
                    "not take. %(mend)s",
                    server=self.server,
                    mend=mend,
                )
            ) from None

    def _select(self) -> str:
        code, said = self.connection.select(FOLDER, readonly=self.look)
        if code != "OK":
            raise Fault(
                Sentence(
                    "The mail server %(server)s does not open %(folder)s: %(said)s.",
                    server=self.server,
                    folder=FOLDER,
                    said=_quoted(said),
                )
            )
        _, validity = self.connection.response("UIDVALIDITY")
        found = validity[0] if validity else None
        return found.decode("ascii", "replace") if isinstance(found, bytes) else "0"

    def _fetch(self, which: str, what: str) -> list:
        return [item for item in self._ask("FETCH", which, what) if item]

    def _ask(self, command: str, *arguments: str) -> list:
        code, said = self.connection.uid(command, *arguments)
        if code != "OK":
            raise Fault(
                Sentence(
                    "The mail server %(server)s refuses %(command)s: %(said)s.",
                    server=self.server,
                    command=command,
                    said=_quoted(said),
                )
            )
        return said

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise Fault(
                Sentence(
                    "The certificate of the mail server %(server)s is not to be trusted "
                    "(%(verify_message)s), so nothing was collected. Mend the certificate, or the "
                    "host name in %(origin)s, or EMAIL_CA_FILE.",
                    server=self.server,
                    verify_message=error.verify_message,
                    origin=self.server.origin,
                )
            ) from error
        except TimeoutError as error:
            raise Fault(
                Sentence(
                    "The mail server %(server)s did not answer in time (%(timeout)s s). Check "
                    "host, port and security in %(origin)s.",
                    server=self.server,
                    timeout=f"{self.server.timeout:g}",
                    origin=self.server.origin,
                )
            ) from error
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise Fault(
                Sentence(
                    "The connection to the mail server %(server)s failed (%(reason)s). Check "
                    "%(origin)s and whether the server runs.",
                    server=self.server,
                    reason=_reason(error),
                    origin=self.server.origin,
                )
            ) from error


def _quoted(said: object) -> str:
    """The server's own words, on one line and not too many."""
    if isinstance(said, Exception):
        said = said.args[0] if said.args else ""
    if isinstance(said, list):
        said = said[0] if said else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    return quoted(re.sub(r"^command: \w+ => ", "", text))


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return Sentence("no encrypted connection came about")
    if isinstance(error, ConnectionRefusedError):
        return Sentence("it does not take connections")
    if isinstance(error, OSError):
        text = error.strerror or str(error) or Sentence("the connection was lost")
        return text if isinstance(text, Sentence) else text.removesuffix(".")
    return _quoted(error)
