"""Which of a message's people are others than the box, however their addresses are written."""

from collections.abc import Iterator, Sequence

from boxes.models import Box
from transports.base import Refused, domain_of
from transports.box.transport import box_name_of
from transports.models import Account
from transports.personium.cells import NotACell, cell_url
from transports.registry import transport_named


def others_among(addresses: Sequence[str], box: Box) -> list[str]:
    """Each once, without the box: an answer to all goes to these."""
    known = {_same(address) for address in _own(box)}
    found = []
    for address in addresses:
        if (same := _same(address)) not in known:
            known.add(same)
            found.append(address)
    return found


def _own(box: Box) -> Iterator[str]:
    """Under which addresses others know the box, by any road."""
    yield box.name
    yield from box.sender_addresses
    for account in Account.objects.of_box(box).filter(box=box):
        try:
            yield transport_named(account.transport).own_address(account)
        except Refused:  # an account that cannot receive has no address
            continue


def _same(address: str) -> str:
    """Alike for two ways of writing the same address."""
    plain = box_name_of(address.strip())
    if "://" in plain:
        try:
            return cell_url(plain)
        except NotACell:
            return plain
    if "@" not in plain:
        return plain
    return f"{plain.rpartition('@')[0]}@{domain_of(plain)}".casefold()
