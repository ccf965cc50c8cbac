"""kill -9 of the workers at each step of collecting: every message comes in, and once."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.drills.service import PATIENCE, Service, eventually
from tests.fakes.http import Reply, Request
from tests.fakes.imap import FakeImap
from tests.fakes.zorgmail import FakeZorgMail

pytestmark = pytest.mark.timeout(8 * PATIENCE)

NUMBER = "500012345"
MAKE = """
from boxes.models import Box
from transports.models import Account
Account.objects.all().delete()
Account.objects.create(box=Box.objects.get(name="jill"), incoming_mode="own", {fields})
"""
CLAIMS_RUN_OUT = """
from django.utils.timezone import now
from transports.models import Account
Account.objects.update(collect_at=now(), collecting_until=None)
"""


class Trap:
    """Ends every worker the first time that a step is reached."""

    def __init__(self) -> None:
        self.service: Service | None = None
        self.step = ""

    def set(self, service: Service, step: str) -> None:
        self.service, self.step = service, step

    def sprung(self) -> bool:
        return not self.step

    def reach(self, step: str) -> bool:
        if step != self.step or self.service is None:
            return False
        self.step = ""
        for worker in self.service.workers():
            worker.kill()
        return True


class TrappedZorgMail(FakeZorgMail):
    trap = Trap()

    def answer(self, request: Request) -> Reply:
        operation = next(
            name
            for name in ("List", "Retrieve", "Delete")
            if f"{name}Request".encode() in request.body
        )
        if self.trap.reach(f"before {operation}"):
            return Reply(503)
        reply = super().answer(request)
        self.trap.reach(f"after {operation}")
        return reply

    def fill(self, count: int) -> set[str]:
        ids = {f"<{n}@lab.example>" for n in range(count)}
        for item in ids:
            self.put(NUMBER, content=item.encode(), headerMessageId=item)
        return ids

    def is_empty(self) -> bool:
        return not self.mailboxes[NUMBER]

    def fields(self) -> str:
        return f"transport='zorgmail', url='{self.url}', account_id='{NUMBER}'"


class TrappedImap(FakeImap):
    trap = Trap()

    def before(self, command: str) -> None:
        if self.trap.reach(f"before {command}"):
            raise OSError("nobody listens any more")

    def fill(self, count: int) -> set[str]:
        ids = {f"<{n}@lab.example>" for n in range(count)}
        for item in ids:
            self.put("", f"Message-ID: {item}\r\n\r\nDag".encode())
        return ids

    def is_empty(self) -> bool:
        return not self.mailboxes[""]

    def fields(self) -> str:
        return (
            "transport='email', incoming_host='127.0.0.1', incoming_security='none', "
            f"incoming_port={self.port}"
        )


@pytest.fixture(scope="module")
def running(still) -> Iterator[Service]:
    still.environment |= {"COLLECT_SECONDS": "1"}
    still.start()
    yield still
    still.stop()


@pytest.mark.parametrize(
    ("kind", "step"),
    [
        pytest.param(TrappedZorgMail, "before Retrieve", marks=pytest.mark.wide),
        pytest.param(TrappedZorgMail, "after Retrieve", marks=pytest.mark.wide),
        (TrappedZorgMail, "before Delete"),
        pytest.param(TrappedZorgMail, "after Delete", marks=pytest.mark.wide),
        pytest.param(TrappedImap, "before FETCH", marks=pytest.mark.wide),
        pytest.param(TrappedImap, "before STORE", marks=pytest.mark.wide),
        (TrappedImap, "before EXPUNGE"),
    ],
)
def test_a_kill_while_collecting_loses_and_doubles_nothing(running: Service, kind, step):
    before = Counter(item["envelope"]["id"] for item in running.list("jill", "INBOX"))
    with kind() as system:
        expected = Counter(system.fill(5))
        system.trap.set(running, step)
        running.python(MAKE.format(fields=system.fields()))
        eventually(system.trap.sprung, f"the workers were killed {step}")
        running.python(CLAIMS_RUN_OUT)

        eventually(system.is_empty, "everything was collected")

        after = Counter(item["envelope"]["id"] for item in running.list("jill", "INBOX"))
        assert after - before == expected
        running.python("from transports.models import Account\nAccount.objects.all().delete()")
