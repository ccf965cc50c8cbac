"""`make fakes`: every fake on a port of its own, and a page that shows what arrived.

Ports come from FAKE_SMTP_PORT (1025) and FAKES_PORT (8025); all listen on this machine only.
"""

import os
import signal
import threading

from tests.fakes.page import serve
from tests.fakes.smtp import FakeSmtp


def main() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with FakeSmtp(port=int(os.environ.get("FAKE_SMTP_PORT", "1025"))) as smtp:
        page = serve([smtp], int(os.environ.get("FAKES_PORT", "8025")))
        print(f"SMTP takes mail at {smtp.url}: start MessageBox with EMAIL_URL={smtp.url}")
        print(f"What arrived: http://127.0.0.1:{page.server_address[1]}/", flush=True)
        stopped.wait()
        page.shutdown()


main()
