"""The admin of all that boxes knows; it shows envelopes, never content."""

from boxes.admin.access import AccessAdmin
from boxes.admin.box import BoxAdmin
from boxes.admin.brand import BrandAdmin
from boxes.admin.delivery import DeliveryAdmin
from boxes.admin.key import ApiKeyAdmin
from boxes.admin.log import LogEntryAdmin
from boxes.admin.message import MessageAdmin
from boxes.admin.organization import OrganizationAdmin
from boxes.admin.user import GroupAdmin, UserAdmin

__all__ = [
    "AccessAdmin",
    "ApiKeyAdmin",
    "BoxAdmin",
    "BrandAdmin",
    "DeliveryAdmin",
    "GroupAdmin",
    "LogEntryAdmin",
    "MessageAdmin",
    "OrganizationAdmin",
    "UserAdmin",
]
