"""Which roads a box's messages take, and which of them they may take.

Whatever a message holds may be about a patient, typed text included; so a road that is not
made for care (``safe``) leads only where an administrator approved the domain.
"""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import gettext as _

from boxes.errors import Rejected
from boxes.models import Box, Delivery
from boxes.sentence import Sentence, told
from transports.base import Refused, Transport, domain_of
from transports.email.headers import NotAnAddress, ascii_domain
from transports.models import ApprovedDomain
from transports.registry import transport_for


def roads_for(addresses: Sequence[str], box: Box) -> list[str]:
    """The name of each address's transport; ``none`` where no road leads there.

    Raises Rejected when one of them may not be taken.
    """
    roads = [road_to(address, box) for address in addresses]
    refused = refused_among(
        [(road, address) for road, address in zip(roads, addresses, strict=True) if road], box
    )
    if refused:
        raise Rejected(refusal(*refused[0]).told(), "to")
    return [road.name if road else "none" for road in roads]


def road_to(address: str, box: Box) -> Transport | None:
    try:
        return transport_for(address, box)
    except Refused:
        return None


def refused_among(taken: Sequence[tuple[Transport, str]], box: Box) -> list[tuple[Transport, str]]:
    """The roads and addresses of ``taken`` that the box may not use."""
    unsafe = [(road, address) for road, address in taken if not road.safe]
    if not unsafe or settings.APPROVE_EVERY_DOMAIN:
        return []
    domains = {approval_of(road, address) for road, address in unsafe} - {""}
    allowed = ApprovedDomain.objects.allowing(box, domains) | {""}
    return [
        (road, address) for road, address in unsafe if approval_of(road, address) not in allowed
    ]


def approval_of(road: Transport, address: str) -> str:
    """What has to be approved: of a mail domain the form in which it goes out, since other
    letters than those that were approved may look, or be folded, the same."""
    asked = road.approval_of(address)
    if "@" not in address or asked != domain_of(address):
        return asked
    try:
        return ascii_domain(address.rpartition("@")[2].rstrip(".")).lower()
    except NotAnAddress:
        return asked  # it goes nowhere


def refusal(road: Transport, address: str) -> Sentence:
    return Sentence(
        "“%(address)s” would be reached by %(road)s, which is not made for care, and "
        "“%(domain)s” is not approved. Use the receiver's box, ZorgMail or E-zorg address, or "
        "ask your administrator to approve it.",
        address=address,
        road=road.title,
        domain=approval_of(road, address),
    )


def refuse_unapproved(delivery: Delivery, road: Transport) -> None:
    """At the attempt: an approval may have been withdrawn since. Raises Refused."""
    if refused_among([(road, delivery.address)], delivery.message.box):
        raise Refused(refusal(road, delivery.address), permanent=True)


def roads_told(addresses: Sequence[str], box: Box) -> list[dict[str, str | bool]]:
    """For whoever is writing: the road of each address, whether it is safe, and what keeps a
    message from it; asks no other system."""
    found: list[dict[str, str | bool]] = []
    for address in addresses:
        road = road_to(address, box)
        if road is None:
            sentence = _("No road leads to “%(address)s”.") % {"address": address}
            found.append({"address": address, "road": "", "safe": False, "sentence": sentence})
            continue
        refused = refused_among([(road, address)], box)
        hindrance = refusal(road, address) if refused else road.hindrance(address, box)
        sentence = told(hindrance, plainly=True)
        found.append(
            {"address": address, "road": road.title, "safe": road.safe, "sentence": sentence}
        )
    return found
