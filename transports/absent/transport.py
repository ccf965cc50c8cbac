"""Addresses of systems to which this installation has no road.

They fail for good with a sentence that names the system, and never fall to a less safe
road: an address at a ZorgMail domain is an e-mail address too.
"""

from django.conf import settings

from boxes.models import Box, Delivery
from transports.base import Refused, Transport, domain_of


class AbsentTransport(Transport):
    """Refuses what belongs to a system that has no transport here."""

    name = "absent"
    title = "no road"
    safe = True  # nothing leaves by it

    def accepts(self, address: str, sender: Box) -> bool:
        return bool(system_of(address))

    def prepare(self, delivery: Delivery) -> None:
        system = system_of(delivery.address)
        raise Refused(
            f"“{delivery.address}” is a {system} address, and this installation has no road "
            f"to {system}. Ask your administrator, or use another address.",
            permanent=True,
        )

    def send(self, delivery: Delivery, prepared: object) -> str:
        raise Refused("This road does not exist.", permanent=True)


def system_of(address: str) -> str:
    """The system that an address belongs to, by its name for people; empty for none of them."""
    domain = domain_of(address)
    if domain in settings.ZORGMAIL_DOMAINS:
        return "ZorgMail"
    if domain in settings.EZORG_DOMAINS:
        return "E-zorg"
    return ""
