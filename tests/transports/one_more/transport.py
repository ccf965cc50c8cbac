"""What docs/transports.md asks of one more transport, done once: it is also its proof."""

from boxes.envelope import Address, Envelope
from boxes.models import Box, Delivery
from tests.transports.one_more.client import Loft
from transports.base import Refused, Report, Transport, failures_told
from transports.models import Account
from transports.wire.faults import Fault

REPORTS = {"flying": "sent", "landed": "delivered", "read": "read", "lost": "undelivered"}


class PigeonTransport(Transport):
    name = "pigeon"
    title = "Pigeon post"
    safe = True
    account_fields = ("url", "password", "incoming_mode")
    collects = True
    follows = True

    def accepts(self, address: str, sender: Box) -> bool:
        return address.startswith("pigeon:")

    def prepare(self, delivery: Delivery) -> tuple[Loft, str]:
        message = delivery.message
        if message.content_type != "text/plain" or message.attachments.exists():
            raise Refused("A pigeon carries plain text and nothing else.", permanent=True)
        account = Account.objects.needed_for(message.box, self.name)
        return loft_of(account), message.body().decode()

    def send(self, delivery: Delivery, prepared) -> str:
        loft, text = prepared
        name = f"{delivery.message.xuid}.{delivery.n}"
        with failures_told():
            return loft.send(name, delivery.address.removeprefix("pigeon:"), text)

    def try_account(self, account: Account) -> str:
        try:
            return f"The loft let us in; {len(loft_of(account).perch())} letters wait there."
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault

    def collect(self, account: Account) -> int:
        loft, new = loft_of(account), 0
        try:
            for ring, text in loft.perch().items():
                envelope = Envelope(
                    to=(Address(account.box.name),),
                    sender=Address("pigeon:home"),
                    content_type="text/plain",
                    content=text.encode(),
                )
                new += account.receive(envelope, ring) is not None
                if account.incoming_mode == Account.Mode.OWN:
                    loft.free(ring)
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        return new

    def ask(self, delivery: Delivery) -> Report | None:
        account = Account.objects.needed_for(delivery.message.box, self.name)
        try:
            state = loft_of(account).state(f"{delivery.message.xuid}.{delivery.n}")
        except Fault as fault:
            raise Refused(str(fault), permanent=False) from fault
        if not state:
            return Report("absent")
        return Report(REPORTS[state], "The pigeon was lost." if state == "lost" else "")


def loft_of(account: Account) -> Loft:
    return Loft(account.site(), account.password)
