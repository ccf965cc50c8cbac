"""Hands one mail to one mail server over SMTP, within one total deadline.

It returns once the server has taken the mail, raises Fault when it certainly has not, and
Doubt when the end of the mail was on its way and no clear answer came.
"""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from boxes.sentence import Sentence
from transports.email.connection import Connection, Conversation
from transports.email.mime import Mail
from transports.email.server import Server
from transports.wire.faults import Doubt, Fault
from transports.wire.quoting import quoted

# Answers about this installation's login or encryption, not about the mail (RFC 4954).
OURS_TO_MEND = (530, 534, 535, 538)


def send(server: Server, mail: Mail) -> None:
    """Returns once the server has taken the mail. Raises Fault or Doubt."""
    deadline = Conversation(server)
    with _blamed(server, deadline):
        connection = Connection(server, deadline)
    try:
        with _blamed(server, deadline):
            _introduce(connection, server)
            _offer(connection, server, mail)
            _write_body(connection, server, mail)
        _finish(connection, server)
    finally:
        connection.part()


def log_in(server: Server) -> None:
    """Say hello and log in, and offer no mail. Raises Fault."""
    deadline = Conversation(server)
    with _blamed(server, deadline):
        connection = Connection(server, deadline)
    try:
        with _blamed(server, deadline):
            _introduce(connection, server)
    finally:
        connection.part()


# -- the steps of the conversation ---------------------------------------------------


def _introduce(connection: Connection, server: Server) -> None:
    """Greeting, encryption and login: what goes wrong here is for the operator to mend."""
    _hello(connection, server)
    if server.effective_security == "starttls":
        if not connection.has_extn("starttls"):
            raise Fault(
                Sentence(
                    "The mail server %(server)s offers no encryption, so nothing was sent. Switch "
                    "STARTTLS on there, or choose another server in %(origin)s.",
                    server=server,
                    origin=server.origin,
                )
            )
        with _said_in(server, "STARTTLS"):
            connection.starttls(context=server.tls_context())
        _hello(connection, server)
    if server.username:
        _log_in(connection, server)


def _hello(connection: Connection, server: Server) -> None:
    code, answer = connection.ehlo()
    if 500 <= code <= 599:
        code, answer = connection.helo()
    if not _is_yes(code):
        raise Fault(
            Sentence(
                "The mail server %(server)s does not talk to us: %(said)s. Check %(origin)s.",
                server=server,
                said=_quoted(code, answer),
                origin=server.origin,
            )
        )


def _log_in(connection: Connection, server: Server) -> None:
    mend = Sentence("Check the user name and password in %(origin)s.", origin=server.origin)
    try:
        connection.login(server.username, server.password)
    except smtplib.SMTPResponseException as error:
        said = _quoted(error.smtp_code, error.smtp_error)
        raise Fault(
            Sentence(
                "The mail server %(server)s refused our login: %(said)s. %(mend)s",
                server=server,
                said=said,
                mend=mend,
            )
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException:
        raise Fault(
            Sentence(
                "The mail server %(server)s offers no login that we know. %(mend)s",
                server=server,
                mend=mend,
            )
        ) from None
    except UnicodeEncodeError:
        raise Fault(
            Sentence(
                "The user name or password for %(server)s has characters that mail servers do "
                "not take. %(mend)s",
                server=server,
                mend=mend,
            )
        ) from None


def _offer(connection: Connection, server: Server, mail: Mail) -> None:
    """Sender, recipient and size: what is refused here is refused before the mail left."""
    options = []
    if connection.has_extn("size"):
        limit = connection.esmtp_features["size"].strip()
        if limit.isdecimal() and 0 < int(limit) < mail.size:
            raise Fault(
                Sentence(
                    "The mail server %(server)s takes mail of at most %(size)s; this one is "
                    "%(size2)s. Send it in a smaller form.",
                    server=server,
                    size=_shown_size(int(limit)),
                    size2=_shown_size(mail.size),
                ),
                permanent=True,
            )
        options.append(f"SIZE={mail.size}")
    if mail.international:
        if not connection.has_extn("smtputf8"):
            raise Fault(
                Sentence(
                    "The address %(recipient)s has letters outside ASCII, which the mail server "
                    "%(server)s does not carry. Use another address of this recipient.",
                    recipient=mail.recipient,
                    server=server,
                ),
                permanent=True,
            )
        connection.command_encoding = "utf-8"
        options += ["BODY=8BITMIME", "SMTPUTF8"]
    _ask(
        connection,
        server,
        " ".join([f"MAIL FROM:<{mail.sender}>", *options]),
        Sentence("the sender of this mail"),
    )
    _ask(connection, server, f"RCPT TO:<{mail.recipient}>", Sentence("the recipient of this mail"))


def _ask(connection: Connection, server: Server, command: str, what: str) -> None:
    code, answer = connection.docmd(command)
    if not _is_yes(code):
        raise _refusal(server, code, answer, what)


def _write_body(connection: Connection, server: Server, mail: Mail) -> None:
    """All of the mail but its end: until then the server cannot have taken it."""
    code, answer = connection.docmd("DATA")
    if code != 354:
        raise _refusal(server, code, answer, Sentence("this mail"))
    connection.in_mail = True
    try:
        for chunk in mail.chunks():
            connection.write(_transparent(chunk))
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        code, answer = connection.last_words()
        if 400 <= code <= 599:
            raise _refusal(server, code, answer, Sentence("this mail")) from None
        raise
    connection.deadline.left()  # a mail whose time is up is not ended


def _finish(connection: Connection, server: Server) -> None:
    """The end of the mail and the answer to it. From the first byte on it may be taken."""
    try:
        connection.write(b".\r\n")
        connection.in_mail = False
        code, answer = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        raise Doubt(
            Sentence(
                "The whole mail was sent to %(server)s, but its answer did not come "
                "(%(reason)s): it may have arrived.",
                server=server,
                reason=_reason(error),
            )
        ) from error
    if _is_yes(code):
        return
    if 400 <= code <= 599:
        raise _refusal(server, code, answer, Sentence("this mail"))
    raise Doubt(
        Sentence(
            "The whole mail was sent to %(server)s, but its answer is none that we know "
            "(%(said)s): it may have arrived.",
            server=server,
            said=_quoted(code, answer),
        )
    )


# -- answers and sentences -----------------------------------------------------------


def _is_yes(code: int) -> bool:
    return 200 <= code <= 299


def _refusal(server: Server, code: int, answer: bytes, what: str) -> Fault:
    said = _quoted(code, answer)
    if code in OURS_TO_MEND:
        return Fault(
            Sentence(
                "The mail server %(server)s asks for another login or encryption: %(said)s. "
                "Check %(origin)s.",
                server=server,
                said=said,
                origin=server.origin,
            )
        )
    if 500 <= code <= 599:
        return Fault(
            Sentence(
                "The mail server %(server)s refuses %(what)s: %(said)s.",
                server=server,
                what=what,
                said=said,
            ),
            permanent=True,
        )
    if 400 <= code <= 499:
        return Fault(
            Sentence(
                "The mail server %(server)s does not take %(what)s now: %(said)s.",
                server=server,
                what=what,
                said=said,
            )
        )
    return Fault(
        Sentence(
            "The mail server %(server)s gave an answer that we do not know: %(said)s.",
            server=server,
            said=said,
        )
    )


def _quoted(code: int, answer: bytes | str) -> str:
    return quoted(code if code >= 0 else "", answer)


def _shown_size(size: int) -> str:
    return f"{size / 1024 / 1024:.1f} MiB" if size >= 1024 * 1024 else f"{size / 1024:.1f} KiB"


def _reason(error: BaseException) -> str:
    """Why the line was lost; smtplib hides the system's error behind one of its own."""
    if isinstance(error, smtplib.SMTPException) and error.__context__ is not None:
        error = error.__context__
    if isinstance(error, TimeoutError):
        return Sentence("no answer in time")
    if isinstance(error, ssl.SSLError):
        return error.reason or Sentence("TLS was broken off")
    if isinstance(error, ConnectionRefusedError):
        return Sentence("it does not take connections")
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    if isinstance(text, Sentence):
        return text
    return text.removesuffix(".").strip() or type(error).__name__


@contextmanager
def _said_in(server: Server, command: str) -> Iterator[None]:
    try:
        yield
    except smtplib.SMTPResponseException as error:
        said = _quoted(error.smtp_code, error.smtp_error)
        raise Fault(
            Sentence(
                "The mail server %(server)s refuses %(command)s: %(said)s.",
                server=server,
                command=command,
                said=said,
            )
        ) from None


@contextmanager
def _blamed(server: Server, deadline: Conversation) -> Iterator[None]:
    """Every loss before the end of the mail is a fault for now, with what to mend."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise Fault(
            Sentence(
                "The certificate of the mail server %(server)s is not to be trusted "
                "(%(verify_message)s), so nothing was sent. Mend the certificate, or the host "
                "name in %(origin)s, or EMAIL_CA_FILE.",
                plain="The certificate of the mail server %(server)s is not to be trusted, so "
                "nothing was sent. Tell your administrator.",
                server=server,
                verify_message=error.verify_message,
                origin=server.origin,
            )
        ) from error
    except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
        raise _lost(server, error) from error
    except ssl.SSLError as error:
        raise Fault(
            Sentence(
                "No encrypted connection to the mail server %(server)s (%(reason)s). Check port "
                "and security in %(origin)s.",
                server=server,
                reason=_reason(error),
                origin=server.origin,
            )
        ) from error
    except smtplib.SMTPResponseException as error:
        said = _quoted(error.smtp_code, error.smtp_error)
        raise Fault(
            Sentence(
                "The mail server %(server)s does not talk to us: %(said)s.",
                server=server,
                said=said,
            )
        ) from error
    except (OSError, smtplib.SMTPException, ValueError) as error:
        if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
            raise deadline.fault() from error
        raise _lost(server, error) from error


def _lost(server: Server, error: Exception) -> Fault:
    return Fault(
        Sentence(
            "The connection to the mail server %(server)s failed (%(reason)s). Check "
            "%(origin)s and whether the server runs.",
            server=server,
            reason=_reason(error),
            origin=server.origin,
        )
    )


def _transparent(chunk: bytes) -> bytes:
    """Double the dot at the start of a line; a chunk starts with a line."""
    stuffed = chunk.replace(b"\r\n.", b"\r\n..")
    return b"." + stuffed if stuffed.startswith(b".") else stuffed
