"""Pages of every content type, the largest that one should still open, and many readers at once."""

import os
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path

from tests.benchmarks import servers
from tests.benchmarks.clients import Client, delivered, several
from tests.benchmarks.figures import Row
from tests.benchmarks.installation import ROOT, Installation
from tests.benchmarks.timing import median, p95, spread

TITLE = "viewer pages of every type"
SAMPLES = ROOT / "boxes" / "demo" / "files"
TYPES = {
    "cda": "application/hl7-cda+xml",
    "dicom": "application/dicom",
    "edifact": "application/edifact",
    "fhir-r4": "application/fhir+json",
    "fhir-stu3": "application/fhir+xml",
    "formidable": "application/vnd.formidable.instance+json",
    "hl7v2": "application/hl7-v2",
    "hub-xml": "application/vnd.nl.perinatologie.resource+xml",
    "message-rfc822": "message/rfc822",
    "messagebox-envelope": "application/vnd.messagebox.envelope+json",
    "pdf": "application/pdf",
    "text-html": "text/html",
    "text-markdown": "text/markdown",
    "text-plain": "text/plain",
    "text-xml": "text/xml",
}
REPORT = SAMPLES / "zorgmail-medlab-xml" / "full-grouped.xml"
READERS = 8
# What a page says in Dutch when the view that was asked for did not work.
PLAINER = b"een eenvoudiger weergave wordt getoond"
PEAK = """
import os, sys
from viewer import renderserver, renderers
from viewer.jobs import Job
renderserver.configure()
renderers.prepare()
content = open(sys.argv[2], "rb").read()
if os.fork() == 0:
    renderers.serve(Job(content, sys.argv[1], len(content)))
    os._exit(0)
print(os.wait3(0)[2].ru_maxrss / 1024)
"""


def measure(row: Row, quick: bool) -> None:
    calls = 8 if quick else 40
    with Installation() as here:
        login = here.seed(jill=0)
        with servers.whole_service(here) as server:
            client = Client(server.port, login)

            def page_of(content_type: str, content: bytes) -> str:
                return delivered(client, content_type, content).removeprefix(server.url)

            _every_type(row, client, page_of, calls)
            _large_ones(row, client, page_of, calls // 4)
            _readers(row, client, page_of, lambda: Client(server.port, login), calls)
        _peaks(row, here)


def _every_type(row: Row, client: Client, page_of: Callable, calls: int) -> None:
    for folder, content_type in TYPES.items():
        sample = min((SAMPLES / folder).glob("full*.*"), default=None) or next(
            path for path in sorted((SAMPLES / folder).iterdir()) if path.suffix != ".md"
        )
        measured = _opened(client, page_of(content_type, sample.read_bytes()), calls)
        row.add(f"{folder}, p95", 1000 * p95(measured), "ms", detail=spread(measured))


def _large_ones(row: Row, client: Client, page_of: Callable, calls: int) -> None:
    for name, content_type, content in _large():
        measured = _opened(client, page_of(content_type, content), max(3, calls))
        row.add(f"{name}, p95", 1000 * p95(measured), "ms", least=1000, detail=spread(measured))


def _readers(
    row: Row, client: Client, page_of: Callable, another: Callable[[], Client], calls: int
) -> None:
    path = page_of("application/vnd.edi.medlab+xml", REPORT.read_bytes())
    alone = median(_opened(client, path, calls))
    together = several(READERS, lambda number: _opened(another(), path, calls // 4))
    row.add(
        f"{READERS} readers of one box at once, p95 against one reader's median",
        p95(together) / alone,
        "×",
        # Two renders of a box run at a time: the last of eight waits for three others.
        least=3 + 3,
        detail=f"alone {1000 * alone:.1f} ms; {spread(together)}; no plainer view",
    )


def _peaks(row: Row, here: Installation) -> None:
    for name, content_type, content in _large():
        path = Path(here.directory, "sample.bin")
        path.write_bytes(content)
        peak = float(here.run("-c", PEAK, content_type, str(path)))
        row.add(f"{name}, peak memory of its render", peak, "MiB", least=256)


def _large() -> list[tuple[str, str, bytes]]:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.org", "b@example.org", "Scans"
    mail.set_content("Zie de bijlagen.")
    mail.add_alternative(f"<p>Zie de bijlagen.</p>{'<p>Regel met tekst.</p>' * 200}", "html")
    for number in range(4):
        data = os.urandom(900_000)
        mail.add_attachment(data, "application", "octet-stream", filename=f"scan{number}.bin")
    rows = "".join(
        f"BEP:{number}+0+Bepaling {number}+{number % 97}.{number % 10}+N+mmol/l++10+50'\r\n"
        for number in range(2000)
    )
    report = (
        "UNH+1+MEDLAB:1'\r\nZKH+Laboratorium'\r\nPID+19910314+V+::Jansen::Anna+1+BSN999990032'\r\n"
        f"DET+20260205'\r\nIDE+J+26020511+Bloed'\r\nSEC+Chemie'\r\n{rows}UNT+2006+1'\r\n"
    )
    return [
        ("e-mail of 5 MB", "message/rfc822", mail.as_bytes()),
        ("report of 2,000 results", "application/edifact", report.encode()),
    ]


def _opened(client: Client, path: str, calls: int) -> list[float]:
    measured = []
    for _ in range(calls + 2):
        page = client.get(path)
        if PLAINER in page:
            raise RuntimeError(f"A plainer view was shown: {page[:2000]!r}")
        measured.append(client.seconds)
    return measured[2:]
