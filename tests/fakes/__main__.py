"""`make fakes`: every fake on a port of its own, and a page that shows what arrived.

Ports come from FAKE_{NAME}_PORT and FAKES_PORT (8025); all listen on this machine only.
"""

import os
import signal
import threading
from contextlib import ExitStack

from tests.fakes.communicationhub import FakeCommunicationHub
from tests.fakes.imap import FakeImap
from tests.fakes.page import serve
from tests.fakes.personium import FakeUnit
from tests.fakes.smtp import FakeSmtp
from tests.fakes.smtpeter import FakeSmtpeter
from tests.fakes.zorgmail import FakeZorgMail

# Each with its port where none is set, and what its address is good for.
FAKES = (
    (FakeSmtp, 1025, "SMTP takes mail: start MessageBox with EMAIL_URL={url}"),
    (FakeImap, 1143, "IMAP: every user name is a mailbox, with any password: {url}"),
    (FakeZorgMail, 8032, "ZorgMail: every account number is an account, at {url}"),
    (FakeUnit, 8031, "Personium: an account at {url}a/ (me, secret) reaches {url}b/ and {url}c/"),
    (FakeSmtpeter, 8033, "SMTPeter: an account with the token T0kenExample1 at {url}"),
    (FakeCommunicationHub, 8034, "CommunicationHub: an account without login at {url}"),
)


def main() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with ExitStack() as running:
        fakes = []
        for kind, port, _words in FAKES:
            wanted = os.environ.get(f"FAKE_{kind.name.upper()}_PORT", str(port))
            fakes.append(running.enter_context(kind(port=int(wanted))))
        page = serve(fakes, int(os.environ.get("FAKES_PORT", "8025")))
        for fake, (_kind, _port, words) in zip(fakes, FAKES, strict=True):
            print(words.format(url=fake.url))
        print(f"What arrived: http://127.0.0.1:{page.server_address[1]}/", flush=True)
        stopped.wait()
        page.shutdown()


main()
