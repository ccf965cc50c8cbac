from boxes.models.access import Access
from boxes.models.attachment import Attachment
from boxes.models.box import Box
from boxes.models.brand import Brand
from boxes.models.change import Change
from boxes.models.content import Content
from boxes.models.correspondent import Correspondent
from boxes.models.delivery import Delivery
from boxes.models.draft import Draft, DraftFile
from boxes.models.group import GroupAccess, GroupRight
from boxes.models.handling import Handling
from boxes.models.key import ApiKey
from boxes.models.log import LogEntry, LogSeal
from boxes.models.message import Message
from boxes.models.misdelivery import Misdelivery, Withheld
from boxes.models.organization import Organization
from boxes.models.property import Property
from boxes.models.reading import Reading
from boxes.models.user import User

__all__ = [
    "Access",
    "ApiKey",
    "Attachment",
    "Box",
    "Brand",
    "Change",
    "Content",
    "Correspondent",
    "Delivery",
    "Draft",
    "DraftFile",
    "GroupAccess",
    "GroupRight",
    "Handling",
    "LogEntry",
    "LogSeal",
    "Message",
    "Misdelivery",
    "Organization",
    "Property",
    "Reading",
    "User",
    "Withheld",
]
