"""A mailbox at a mail server, over IMAP: what is in it, the bytes of each mail, and its removal.

Everything here can be asked again, so every loss is a Fault.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from transports.email.imap import Connection
from transports.email.server import Server
from transports.wire.faults import Fault
from transports.wire.line import Deadline

FOLDER = "INBOX"
SHOWN_OF_ANSWER = 200
GOODBYE_SECONDS = 2.0
_UID = re.compile(rb"\bUID (\d{1,10})\b")
_SIZE = re.compile(rb"\bRFC822\.SIZE (\d{1,18})\b")
_DELETED = re.compile(rb"\bFLAGS \([^)]*\\Deleted\b", re.IGNORECASE)
_QUOTED = re.compile(rb'\bBODY\[\] "((?:[^"\\\r\n]|\\.)*)"')
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]+")


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
                    f"The mail server {server} offers no encryption, so nothing was collected. "
                    f"Choose another port or security in {server.origin}."
                )
            connection.encrypt()
        self._log_in()
        _, words = connection.capability()
        connection.capabilities = tuple(str(words[-1] or b"", "ascii", "replace").upper().split())

    def _log_in(self) -> None:
        username, password = self.server.username, self.server.password
        mend = f"Check the user name and password in {self.server.origin}."
        if re.search(r"[\0\r\n]", username + password):
            raise Fault(f"The user name or password for {self.server} has a line end. {mend}")
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
                f"The mail server {self.server} refused our login: {said}. {mend}"
            ) from None
        except UnicodeEncodeError:
            raise Fault(
                f"The user name or password for {self.server} has characters that this server "
                f"does not take. {mend}"
            ) from None

    def _select(self) -> str:
        code, said = self.connection.select(FOLDER, readonly=self.look)
        if code != "OK":
            raise Fault(f"The mail server {self.server} does not open {FOLDER}: {_quoted(said)}.")
        _, validity = self.connection.response("UIDVALIDITY")
        found = validity[0] if validity else None
        return found.decode("ascii", "replace") if isinstance(found, bytes) else "0"

    def _fetch(self, which: str, what: str) -> list:
        return [item for item in self._ask("FETCH", which, what) if item]

    def _ask(self, command: str, *arguments: str) -> list:
        code, said = self.connection.uid(command, *arguments)
        if code != "OK":
            raise Fault(f"The mail server {self.server} refuses {command}: {_quoted(said)}.")
        return said

    @contextmanager
    def _blamed(self) -> Iterator[None]:
        try:
            yield
        except ssl.SSLCertVerificationError as error:
            raise Fault(
                f"The certificate of the mail server {self.server} is not to be trusted "
                f"({error.verify_message}), so nothing was collected. Mend the certificate, or "
                f"the host name in {self.server.origin}, or EMAIL_CA_FILE."
            ) from error
        except TimeoutError as error:
            raise Fault(
                f"The mail server {self.server} did not answer in time "
                f"({self.server.timeout:g} s). Check host, port and security in "
                f"{self.server.origin}."
            ) from error
        except (OSError, imaplib.IMAP4.error, ValueError) as error:
            raise Fault(
                f"The connection to the mail server {self.server} failed ({_reason(error)}). "
                f"Check {self.server.origin} and whether the server runs."
            ) from error


def _quoted(said: object) -> str:
    """The server's own words, on one line and not too many."""
    if isinstance(said, Exception):
        said = said.args[0] if said.args else ""
    if isinstance(said, list):
        said = said[0] if said else ""
    text = said.decode(errors="replace") if isinstance(said, bytes) else str(said)
    text = re.sub(r"^command: \w+ => ", "", _UNPRINTABLE.sub(" ", text)).strip().removesuffix(".")
    return f"“{text if len(text) <= SHOWN_OF_ANSWER else text[: SHOWN_OF_ANSWER - 1] + '…'}”"


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLError):
        return "no encrypted connection came about"
    if isinstance(error, OSError):
        return (error.strerror or str(error) or "the connection was lost").removesuffix(".")
    return _quoted(error)
