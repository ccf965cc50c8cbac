"""What can go wrong on each road over HTTP, and how its delivery has to end.

@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_each_fault_ends_as_it_should(fault, john, hub, settings):
    fault.arrange(hub, settings)
    message = Message.objects.post(john, envelope_to("sms:+31612345678"))
    run_worker()
    fault.check(message.deliveries.get())
"""

import re
from dataclasses import dataclass

from boxes.models import Delivery
from tests.fakes.http import CUT, GARBAGE, NONSENSE, STALL, TRUNCATED, HttpFake


@dataclass(frozen=True)
class Fault:
    """``says`` at ``stage`` of the fake; the delivery is then in ``status``.

    A short call is out as soon as a line is open: what is lost after that is in doubt.
    """

    stage: str
    says: str
    status: str
    words: str

    def __str__(self) -> str:
        return f"{self.says} at {self.stage}"

    def arrange(self, fake: HttpFake, settings) -> None:
        if self.says == STALL:
            settings.ROADS_TIMEOUT = 0.5
        if self.stage == NOBODY:
            fake.__exit__()
        else:
            fake.fail(self.stage, self.says)

    def check(self, delivery: Delivery) -> None:
        assert (delivery.status, delivery.error) == (self.status, delivery.error)
        assert re.search(self.words, delivery.error), delivery.error
        assert delivery.error.endswith("."), delivery.error


NOBODY = "nobody"
LATER, NEVER, DOUBT = "queued", "failed", "uncertain"
FAULTS = [
    Fault(NOBODY, "there", LATER, "could not be reached"),
    Fault("body", STALL, DOUBT, "may have"),
    Fault("body", CUT, DOUBT, "may have"),
    Fault("body", GARBAGE, DOUBT, "may have"),
    Fault("body", TRUNCATED, DOUBT, "may have"),
    Fault("body", NONSENSE, DOUBT, "may have"),
    Fault("body", "401 Unauthorized", LATER, "account|login|token|credentials"),
    Fault("body", "403 Forbidden", LATER, "account|login|token|credentials"),
    Fault("body", "429 Too Many Requests", LATER, "too many|busy|429"),
    Fault("body", "502 Bad Gateway", LATER, "502"),
    Fault("body", "503 Service Unavailable", LATER, "503"),
]
