from transports.models.account import Account, Collected
from transports.models.approval import ApprovedDomain
from transports.models.signs import Doorbell, Heartbeat
from transports.personium.kept import CellMessage
from transports.webhooks.model import Webhook

__all__ = [
    "Account",
    "ApprovedDomain",
    "CellMessage",
    "Collected",
    "Doorbell",
    "Heartbeat",
    "Webhook",
]
