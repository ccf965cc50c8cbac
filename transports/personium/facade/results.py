"""What became of each destination, in the words of a cell: a status as text, and a reason."""

import re

from boxes.models import Delivery
from transports.personium.facade.cell import unit, url_of_address
from transports.personium.facade.errors import TEXTS

CREATED = ("201", "Created.")
ACCEPTED = ("202", "Accepted.")  # its turn has not come
UNKNOWN_CELL = ("403", TEXTS["PR403-AU-0001"])
# As transports.personium.transport.refusal writes it.
_REFUSAL = re.compile(r"The cell did not take the message: (\d{3})(?: (.*))?\.", re.DOTALL)


def result_of(delivery: Delivery) -> dict[str, str]:
    code, reason = answered(delivery)
    return {"To": url_of_address(delivery.address), "Code": code, "Reason": reason}


def answered(delivery: Delivery) -> tuple[str, str]:
    """Status and reason; an empty status where no cell could be reached."""
    if delivery.status in Delivery.SERVED:
        return CREATED
    said = _REFUSAL.fullmatch(delivery.error)
    if said:
        return said[1], f"{said[2]}." if said[2] else ""
    if delivery.status in (Delivery.Status.FAILED, Delivery.Status.UNDELIVERED):
        local = delivery.transport == "box" or delivery.address.startswith(unit())
        return UNKNOWN_CELL if local else ("400", delivery.error)
    if delivery.status in Delivery.WAITING and not delivery.error:
        return ACCEPTED
    return "", delivery.error
