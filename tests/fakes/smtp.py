"""A mail server on a real socket that keeps what it gets, and fails where it is told to.

    with FakeSmtp() as smtp:
        smtp.fail("rcpt", "450 4.2.1 Mailbox busy")   # another answer at one stage
        smtp.fail("body", CUT)                        # take the mail, hang up without a word
        smtp.refuse("jill@example.org", "550 5.1.1 No such user")
        smtp.heal()

The wire is aiosmtpd's; only the faults are ours.
"""

import asyncio
import logging
import ssl
import threading
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

# greeting: before the first word. halfway: after "354", while the mail comes in.
# body: after the end of the mail, in the place of "250".
STAGES = ("greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "halfway", "body")
logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # each line of each conversation

STALL = "stall"
CUT = "cut"
LIMIT = 100 * 1024 * 1024


@dataclass(frozen=True)
class Behaviour:
    """What the server does at a stage instead of its duty: say something (or nothing),
    then go on, hang up or fall silent."""

    says: bytes = b""
    then: str = ""


@dataclass(frozen=True)
class Received:
    """One mail that the server took."""

    mail_from: str
    rcpt_tos: list[str]
    options: list[str]
    content: bytes
    encrypted: bool
    login: str

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def summary(self) -> tuple[str, ...]:
        message = self.message
        recipients = ", ".join(self.rcpt_tos)
        return (str(message["Date"]), self.mail_from, recipients, str(message["Subject"]))

    @property
    def document(self) -> bytes:
        return self.content


class FakeSmtp:
    """``security`` is none, starttls or tls; with ``logins`` (user → password) one must log in."""

    name = "smtp"
    stages = STAGES

    def __init__(
        self,
        *,
        port: int = 0,
        security: str = "none",
        context: ssl.SSLContext | None = None,
        logins: dict[str, str] | None = None,
        size_limit: int = LIMIT,
        international: bool = True,
    ) -> None:
        self.host, self.port = "127.0.0.1", port
        self.security, self.context = security, context
        self.logins = logins or {}
        self.size_limit = size_limit
        self.international = international
        self.received: list[Received] = []
        self.connections = 0
        self._faults: dict[str, Behaviour] = {}
        self._refused: dict[str, str] = {}
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda loop, context: None)  # clients that give up
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        scheme = {"none": "smtp", "starttls": "smtp+tls", "tls": "smtps"}[self.security]
        return f"{scheme}://localhost:{self.port}"

    # -- what a test tells it --

    def fail(self, stage: str, says: str | bytes = b"", then: str = "") -> None:
        """Say something else at a stage, or STALL, or CUT; bytes go out without a line end."""
        if stage not in STAGES:
            raise ValueError(f"no stage is {stage}; there are {', '.join(STAGES)}")
        if says in (STALL, CUT):
            says, then = b"", str(says)
        line = f"{says}\r\n".encode() if says and isinstance(says, str) else bytes(says or b"")
        self._faults[stage] = Behaviour(line, then)

    def refuse(self, recipient: str, answer: str) -> None:
        """Answer one recipient so; the others are served."""
        self._refused[recipient] = answer

    def heal(self) -> None:
        self._faults.clear()
        self._refused.clear()

    # -- running --

    def __enter__(self) -> "FakeSmtp":
        return self.start()

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def start(self) -> "FakeSmtp":
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def stop(self) -> None:
        """No longer listen, and let go of every client; its port refuses from now on."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _listen(self) -> asyncio.Server:
        context = self.context if self.security == "tls" else None
        return await self._loop.create_server(self._session, self.host, self.port, ssl=context)

    async def _close(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    def _session(self) -> SMTP:
        self.connections += 1
        return FaultySession(self)

    # -- what aiosmtpd asks it --

    def behaviour(self, stage: str) -> Behaviour | None:
        return self._faults.get(stage)

    def log_in(self, server, session, envelope, mechanism, data) -> AuthResult:
        known = isinstance(data, LoginPassword) and (
            self.logins.get(data.login.decode()) == data.password.decode()
        )
        return AuthResult(success=known, handled=False, auth_data=data if known else None)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self._refused:
            return self._refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: "FaultySession", session, envelope: Envelope) -> str:
        behaviour = self.behaviour("body")
        if behaviour is None or not behaviour.says.startswith((b"4", b"5")):
            login = session.auth_data.login.decode() if session.auth_data else ""
            self.received.append(
                Received(
                    envelope.mail_from,
                    list(envelope.rcpt_tos),
                    list(envelope.mail_options),
                    envelope.original_content,
                    session.ssl is not None or self.security == "tls",
                    login,
                )
            )
        if behaviour is not None:
            await server.perform(behaviour)
        return "250 2.0.0 Taken"


class FaultySession(SMTP):
    """aiosmtpd's session, which asks before each of its duties whether to do another thing."""

    def __init__(self, fake: FakeSmtp) -> None:
        self.fake = fake
        super().__init__(
            fake,
            data_size_limit=fake.size_limit,
            enable_SMTPUTF8=fake.international,
            hostname="fake.example",
            ident="Fake",
            tls_context=fake.context if fake.security == "starttls" else None,
            require_starttls=fake.security == "starttls",
            auth_require_tls=fake.security == "starttls",
            auth_exclude_mechanism=[] if fake.logins else ["LOGIN", "PLAIN"],
            authenticator=fake.log_in,
            loop=fake._loop,
        )
        # not through the constructor, which knows no TLS from the start and would warn
        self._auth_required = bool(fake.logins)
        self._said_instead = False

    async def perform(self, behaviour: Behaviour) -> None:
        """Say what is to be said; after a hang-up or in a stall, nothing more until the
        client is gone."""
        if behaviour.says:
            self._writer.write(behaviour.says)
            await self._writer.drain()
            self._said_instead = True
        if behaviour.then == CUT:
            self.transport.close()
        if behaviour.then:
            await asyncio.Event().wait()

    async def push(self, status: str | bytes) -> None:
        """One answer for one command: the told one stands for aiosmtpd's own."""
        if self._said_instead:
            self._said_instead = False
            return
        await super().push(status)

    async def _faulty(self, stage: str) -> bool:
        behaviour = self.fake.behaviour(stage)
        if behaviour is not None:
            await self.perform(behaviour)
            self._said_instead = False
        return behaviour is not None

    async def _handle_client(self) -> None:
        if await self._faulty("greeting"):
            self.transport.close()
            return
        await super()._handle_client()

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self._faulty("ehlo"):
            await super().smtp_EHLO(hostname)

    async def smtp_HELO(self, hostname: str) -> None:
        if not await self._faulty("ehlo"):
            await super().smtp_HELO(hostname)

    async def smtp_STARTTLS(self, arg: str) -> None:
        if not await self._faulty("starttls"):
            await super().smtp_STARTTLS(arg)

    async def smtp_AUTH(self, arg: str) -> None:
        if not await self._faulty("auth"):
            await super().smtp_AUTH(arg)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self._faulty("mail"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self._faulty("rcpt"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if await self._faulty("data"):
            return
        behaviour = self.fake.behaviour("halfway")
        if behaviour is not None:
            await self.push("354 Go ahead")
            await self._reader.readline()  # the mail has begun
            await self.perform(behaviour)
        await super().smtp_DATA(arg)
