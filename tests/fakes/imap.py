"""A mailbox server on a real socket: as much of IMAP4rev1 as collecting needs, and faults.

with FakeImap(logins={"jill": "geheim"}) as imap:
    uid = imap.put("jill", b"Subject: x\r\n\r\nDag")
    imap.fail("fetch", "NO [SERVERBUG] Later")   # another answer to one command
    imap.fail("fetch", CUT)                      # hang up in the middle of its answer
    imap.heal()
"""

import base64
import contextlib
import re
import socket
import socketserver
import ssl
import threading
from dataclasses import dataclass, field

STAGES = ("greeting", "starttls", "login", "select", "fetch", "body", "store", "expunge")
STALL, CUT, GARBAGE, ENDLESS = "stall", "cut", "garbage", "endless"


@dataclass
class Mail:
    uid: int
    content: bytes
    flags: set[str] = field(default_factory=set)

    @property
    def summary(self) -> tuple[str, ...]:
        subject = re.search(rb"^Subject: ([^\r\n]*)", self.content, re.MULTILINE)
        words = subject[1].decode(errors="replace") if subject else ""
        return (str(self.uid), words, " ".join(sorted(self.flags)))

    @property
    def document(self) -> bytes:
        return self.content


class FakeImap:
    """``security`` is none, starttls or tls; ``extensions`` are announced and obeyed."""

    name = "imap"
    stages = STAGES

    def __init__(
        self,
        *,
        port: int = 0,
        logins: dict[str, str] | None = None,
        security: str = "none",
        context: ssl.SSLContext | None = None,
        extensions: tuple[str, ...] = ("UIDPLUS", "AUTH=PLAIN"),
    ) -> None:
        self.logins = logins or {}
        self.security, self.context, self.extensions = security, context, extensions
        self.mailboxes: dict[str, list[Mail]] = {}
        self.validity = 7
        self.commands: list[str] = []
        self.faults: dict[str, str] = {}
        self.released = threading.Event()
        self._next = 1

        class Handler(_Session):
            fake = self

        self.server = _Server(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        return self.server.server_address[1]

    @property
    def url(self) -> str:
        return f"imap{'s' if self.security == 'tls' else ''}://localhost:{self.port}"

    @property
    def received(self) -> list[Mail]:
        return [mail for mails in self.mailboxes.values() for mail in mails]

    def put(self, login: str, content: bytes) -> int:
        mail = Mail(self._next, content)
        self._next += 1
        self.mailboxes.setdefault(login, []).append(mail)
        return mail.uid

    def renumber(self) -> None:
        """As a server does that has rebuilt its mailboxes: all numbers are new."""
        self.validity += 1
        for mails in self.mailboxes.values():
            for mail in mails:
                mail.uid, self._next = self._next, self._next + 1

    def fail(self, stage: str, says: str) -> None:
        if stage not in STAGES:
            raise ValueError(f"no stage is {stage}; there are {', '.join(STAGES)}")
        self.faults[stage] = says

    def before(self, command: str) -> None:
        """For a subclass that does something of its own when a command has come in."""

    def heal(self) -> None:
        self.faults.clear()
        self.released.set()
        self.released = threading.Event()

    def __enter__(self) -> "FakeImap":
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.heal()
        self.server.shutdown()
        self.server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address) -> None:
        pass  # a client that hung up, or did not like our certificate


class _HungUp(Exception):
    """The fault of this stage ended the conversation."""


class _Session(socketserver.BaseRequestHandler):
    fake: FakeImap

    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        if self.fake.security == "tls":
            self._wrap()
        self.lines = self.request.makefile("rb")
        self.login = ""
        with contextlib.suppress(_HungUp, OSError, ValueError):
            self._fault("greeting", "")
            self._say(f"* OK [CAPABILITY {self._capabilities}] Fake ready")
            while line := self.lines.readline():
                self._obey(line.decode("utf-8", "replace").rstrip("\r\n"))
        with contextlib.suppress(OSError):
            self.request.close()

    def _wrap(self) -> None:
        self.request.settimeout(10)
        assert self.fake.context is not None
        self.request = self.fake.context.wrap_socket(self.request, server_side=True)
        self.request.settimeout(None)

    @property
    def _capabilities(self) -> str:
        starttls = ["STARTTLS"] if self.fake.security == "starttls" else []
        return " ".join(["IMAP4rev1", *starttls, *self.fake.extensions])

    def _say(self, line: str | bytes) -> None:
        octets = line.encode() if isinstance(line, str) else line
        self.request.sendall(octets + b"\r\n")

    def _fault(self, stage: str, tag: str) -> bool:
        """Do what was asked for at this stage; True when the command was answered by it."""
        says = self.fake.faults.get(stage, "")
        if not says:
            return False
        if says == STALL:
            self.fake.released.wait(60)
        if says == GARBAGE:
            self._say(b"\x00\xff this is no IMAP")
        if says == ENDLESS:
            with contextlib.suppress(OSError):
                while True:
                    self.request.sendall(b"* OK " + b"x" * 65536)
        if says in (STALL, CUT, GARBAGE, ENDLESS):
            raise _HungUp
        self._say(f"{tag} {says}" if tag else f"* {says}")
        return True

    def _obey(self, line: str) -> None:
        tag, _, rest = line.partition(" ")
        command, _, arguments = rest.partition(" ")
        if command.upper() == "UID":
            command, _, arguments = arguments.partition(" ")
        self.fake.commands.append(f"{command} {arguments}".strip())
        self.fake.before(command)
        act = getattr(self, f"_do_{command.lower()}", None)
        if act is None:
            return self._say(f"{tag} BAD Unknown command")
        act(tag, arguments)

    def _do_capability(self, tag: str, arguments: str) -> None:
        self._say(f"* CAPABILITY {self._capabilities}")
        self._say(f"{tag} OK Done")

    def _do_noop(self, tag: str, arguments: str) -> None:
        self._say(f"{tag} OK Done")

    def _do_logout(self, tag: str, arguments: str) -> None:
        self._say("* BYE Goodbye")
        self._say(f"{tag} OK Done")
        raise _HungUp

    def _do_starttls(self, tag: str, arguments: str) -> None:
        if self._fault("starttls", tag):
            return
        self._say(f"{tag} OK Begin")
        self._wrap()
        self.lines = self.request.makefile("rb")

    def _do_login(self, tag: str, arguments: str) -> None:
        user, password = re.findall(r'"((?:[^"\\]|\\.)*)"|(\S+)', arguments)[:2]
        found = [re.sub(r"\\(.)", r"\1", quoted or bare) for quoted, bare in (user, password)]
        self._enter(tag, *found)

    def _do_authenticate(self, tag: str, arguments: str) -> None:
        self._say("+ ")
        words = base64.b64decode(self.lines.readline()).decode().split("\0")
        self._enter(tag, words[1], words[2])

    def _enter(self, tag: str, user: str, password: str) -> None:
        if self._fault("login", tag):
            return
        if self.fake.logins and self.fake.logins.get(user) != password:
            return self._say(f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")
        self.login = user
        self._say(f"{tag} OK Logged in")

    def _do_select(self, tag: str, arguments: str, mode: str = "READ-WRITE") -> None:
        if self._fault("select", tag):
            return
        self.changeable = mode == "READ-WRITE"
        self._say(f"* {len(self._mails())} EXISTS")
        self._say(f"* OK [UIDVALIDITY {self.fake.validity}] UIDs valid")
        self._say(f"{tag} OK [{mode}] Selected")

    def _do_examine(self, tag: str, arguments: str) -> None:
        self._do_select(tag, arguments, "READ-ONLY")

    def _do_fetch(self, tag: str, arguments: str) -> None:
        which, _, what = arguments.partition(" ")
        if self._fault("body" if "BODY" in what else "fetch", tag):
            return
        for number, mail in self._chosen(which):
            flags = " ".join(sorted(mail.flags))
            known = f"UID {mail.uid} RFC822.SIZE {len(mail.content)} FLAGS ({flags})"
            if "BODY" in what:
                size = f"BODY[] {{{len(mail.content)}}}\r\n"
                head = f"* {number} FETCH (UID {mail.uid} {size}".encode()
                self._say(head + mail.content + b")")
                if self.changeable and "PEEK" not in what:
                    mail.flags.add("\\Seen")
            else:
                self._say(f"* {number} FETCH ({known})")
        self._say(f"{tag} OK Fetched")

    def _do_append(self, tag: str, arguments: str) -> None:
        size = re.search(r"\{(\d+)\+?\}$", arguments)
        if size is None:
            return self._say(f"{tag} BAD No mail")
        self._say("+ Go ahead")
        self.fake.put(self.login, self.lines.read(int(size[1])))
        self.lines.readline()
        self._say(f"{tag} OK Kept")

    def _do_search(self, tag: str, arguments: str) -> None:
        self._say("* SEARCH " + " ".join(str(mail.uid) for mail in self._mails()))
        self._say(f"{tag} OK Done")

    def _do_store(self, tag: str, arguments: str) -> None:
        if self._fault("store", tag):
            return
        if not self.changeable:
            return self._say(f"{tag} NO Read-only")
        which, _, what = arguments.partition(" ")
        for _number, mail in self._chosen(which):
            mail.flags.update(re.findall(r"\\\w+", what))
        self._say(f"{tag} OK Stored")

    def _do_expunge(self, tag: str, arguments: str) -> None:
        if self._fault("expunge", tag):
            return
        chosen = {mail.uid for _, mail in self._chosen(arguments or "1:*")}
        mails = self._mails()
        mails[:] = [m for m in mails if m.uid not in chosen or "\\Deleted" not in m.flags]
        self._say(f"{tag} OK Expunged")

    def _mails(self) -> list[Mail]:
        return self.fake.mailboxes.setdefault(self.login, [])

    def _chosen(self, which: str) -> list[tuple[int, Mail]]:
        """The mails of a set of numbers such as 1:* or 3,5."""
        numbered = list(enumerate(self._mails(), start=1))
        found = []
        for part in which.split(","):
            first, _, last = part.partition(":")
            until = float("inf") if last == "*" else int(last or first)
            found += [(n, mail) for n, mail in numbered if int(first) <= mail.uid <= until]
        return found
