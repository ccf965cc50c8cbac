"""SetMailStatus: an event of Mailgun about one mail of ours."""

from typing import Any

from django.db.models import QuerySet

from boxes.models import Delivery
from boxes.xuid import is_xuid
from transports.communicationhub.facade.addressees import NotAList, read_list
from transports.communicationhub.statuses import status_of_event
from transports.models import Account

# The roads whose mail can pass through a Mailgun account.
ROADS = ("communicationhub", "email")


def report(account: Account, event: dict[str, Any]) -> bool:
    """Move the delivery that it is about; False where no mail of ours is meant.

    An event that tells nothing about the way of a mail is well received, and changes nothing.
    """
    headers = event.get("Message", {}).get("Headers", {})
    found = _deliveries(account, headers.get("MessageId", ""))
    one = _one_of(found, event.get("Recipient") or headers.get("To", ""))
    if one is None:
        return False
    status = status_of_event(event.get("Event", ""), event.get("Severity", ""))
    if status.proves:
        words = "The mail system reports that the mail could not be delivered."
        one.report(status.proves, words if status.refused else "")
    return True


def _deliveries(account: Account, message_id: str) -> list[Delivery]:
    """Those known by this Message-ID, in the boxes that the account serves.

    Ours begins with the xuid; else it is the one that the other system gave.
    """
    wanted = message_id.strip().strip("<>")
    xuid = wanted.partition("@")[0]
    if not wanted:
        return []
    mailed = Delivery.objects.filter(transport__in=ROADS).select_related("message__box")
    found = list(mailed.filter(message__xuid=xuid)) if is_xuid(xuid) else []
    found = found or list(known_there(mailed, wanted))
    return [item for item in found if _serves(account, item)]


def known_there(rows: QuerySet[Delivery], message_id: str) -> QuerySet[Delivery]:
    """With this remote id, in brackets or not; said so that the index is used."""
    return rows.exclude(remote_id="").filter(remote_id__in=(message_id, f"<{message_id}>"))


def _serves(account: Account, delivery: Delivery) -> bool:
    own = Account.objects.for_box(delivery.message.box, account.transport)
    return own is not None and own.pk == account.pk


def _one_of(deliveries: list[Delivery], recipient: str) -> Delivery | None:
    """The recipient's; without a recipient the only one there is."""
    try:
        named = {item.address.casefold() for item in read_list(recipient)}
    except NotAList:
        named = set()
    if len(named) == 1:
        deliveries = [item for item in deliveries if item.address.casefold() in named]
    return deliveries[0] if len(deliveries) == 1 else None
