from transports.models.account import Account, Collected
from transports.models.approval import ApprovedDomain
from transports.models.signs import Doorbell, Heartbeat

__all__ = ["Account", "ApprovedDomain", "Collected", "Doorbell", "Heartbeat"]
