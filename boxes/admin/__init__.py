"""The admin of all that boxes knows; it shows envelopes, never content."""

from boxes.admin.access import AccessAdmin
from boxes.admin.box import BoxAdmin
from boxes.admin.brand import BrandAdmin
from boxes.admin.delivery import DeliveryAdmin
from boxes.admin.group import GroupAdmin
from boxes.admin.group_right import GroupRightAdmin
from boxes.admin.key import ApiKeyAdmin
from boxes.admin.log import LogEntryAdmin
from boxes.admin.message import MessageAdmin
from boxes.admin.organization import OrganizationAdmin
from boxes.admin.second_factor import AuthenticatorAdmin, SocialAccountAdmin
from boxes.admin.user import UserAdmin

__all__ = [
    "AccessAdmin",
    "ApiKeyAdmin",
    "AuthenticatorAdmin",
    "BoxAdmin",
    "BrandAdmin",
    "DeliveryAdmin",
    "GroupAdmin",
    "GroupRightAdmin",
    "LogEntryAdmin",
    "MessageAdmin",
    "OrganizationAdmin",
    "SocialAccountAdmin",
    "UserAdmin",
]
