"""Rights on a box as the commands take them: ``jill:read`` or ``jill:read,send``."""

from datetime import datetime

from django.core.management.base import CommandError
from django.utils.timezone import localtime, now

from boxes.models import Access, Box
from boxes.models.box import RIGHTS


def box_named(name: str) -> Box:
    box = Box.objects.filter(name=name).first()
    if box is None:
        raise CommandError(f"There is no box “{name}”. Make it with createbox.")
    return box


def rights_in(text: str) -> list[str]:
    rights = [right.strip() for right in text.split(",")]
    unknown = [right for right in rights if right not in RIGHTS]
    if unknown:
        raise CommandError(f"“{unknown[0]}” is no right; choose from {', '.join(RIGHTS)}.")
    return rights


def split_grant(text: str) -> tuple[Box, list[str]]:
    name, colon, rights = text.partition(":")
    if not colon:
        raise CommandError(f"Write “{text}” as NAME:RIGHT, such as {text}:read,send.")
    return box_named(name), rights_in(rights)


def grant(box: Box, rights: list[str], **holder) -> Access:
    """Add the rights to what the user or key may already do; returns all it may now.

    An access that had ended begins anew: who gives a right wants it to count.
    """
    access, _ = Access.objects.get_or_create(box=box, **holder)
    for right in rights:
        setattr(access, right, True)
    if access.has_ended:
        access.since, access.until, access.given_by, access.given_at = now(), None, "", now()
    access.save()
    return access


def period_of(access: Access, *, anew: bool) -> str:
    """What an administrator must not miss: a right counts within the period of the access."""
    if anew:
        return " That access had ended; it begins anew, until somebody ends it."
    if not access.has_begun:
        return f" It begins on {_moment(access.since)}."
    return f" It ends on {_moment(access.until)}." if access.until else ""


def _moment(value: datetime) -> str:
    return f"{localtime(value):%Y-%m-%d %H:%M}"


def rights_of(access: Access) -> list[str]:
    return [right for right in RIGHTS if getattr(access, right)]
