"""Rights on a box as the commands take them: ``jill:read`` or ``jill:read,send``."""

from django.core.management.base import CommandError

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
    """Add the rights to what the user or key may already do; returns all it may now."""
    access, _ = Access.objects.get_or_create(box=box, **holder)
    for right in rights:
        setattr(access, right, True)
    access.save(update_fields=rights)
    return access


def rights_of(access: Access) -> list[str]:
    return [right for right in RIGHTS if getattr(access, right)]
