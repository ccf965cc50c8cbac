"""A provider's groups give rights to boxes: what came by them goes by them, and nothing else."""

from collections import defaultdict
from typing import Any

from allauth.socialaccount.models import SocialApp
from django.db import transaction
from django.db.models import Q

from boxes.models import Access, Box, GroupAccess, GroupRight, LogEntry, User
from boxes.models.access import MAX_GIVER
from boxes.models.box import RIGHTS


def groups_in(claims: dict[str, Any], app: SocialApp) -> set[str]:
    told = claims.get(app.settings["groups_claim"])
    if isinstance(told, str):
        return {told}
    return {str(name) for name in told} if isinstance(told, list) else set()


@transaction.atomic
def follow(user: User, provider: str, groups: set[str]) -> None:
    """Bring the person's rights to what these groups give, beside what was given by hand."""
    given = {row.box_id: row for row in GroupAccess.objects.filter(user=user)}
    wanted, names = _wanted(provider, groups)
    for box in Box.objects.filter(pk__in={*given, *wanted}).order_by("pk"):
        through = ", ".join(sorted(names[box.pk]))[:MAX_GIVER]
        _bring(user, box, wanted.get(box.pk, set()), given.get(box.pk), through)


def _wanted(provider: str, groups: set[str]) -> tuple[dict[int, set[str]], dict[int, set[str]]]:
    """By box: the rights, and the groups that give them."""
    wanted: dict[int, set[str]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    rows = GroupRight.objects.filter(Q(provider="") | Q(provider=provider), group__in=groups)
    for row in rows:
        wanted[row.box_id] |= _rights(row)
        names[row.box_id].add(row.group)
    return wanted, names


def _bring(user: User, box: Box, wanted: set[str], given: GroupAccess | None, through: str) -> None:
    access = Access.objects.select_for_update().filter(user=user, box=box).first()
    held = _rights(access)
    by_hand = held - _rights(given)
    # What was given by hand for another time is the groups' to give now.
    in_force = access is None or (access.has_begun and not access.has_ended)
    by_groups = wanted - by_hand if in_force else wanted
    if by_groups:
        columns = {**_columns(by_groups), "groups": through}
        GroupAccess.objects.update_or_create(user=user, box=box, defaults=columns)
    elif given:
        given.delete()
    rights = by_hand | wanted
    if rights and rights != held:
        held_now = _columns(rights)
        Access.objects.update_or_create(
            user=user,
            box=box,
            defaults=held_now,
            create_defaults={**held_now, "given_by": through},
        )
    elif access and not rights:
        access.delete()
    before, after = (held, rights) if in_force else (_rights(given), wanted)
    if before != after:
        box.through = through
        detail = _words(before, after)
        LogEntry.objects.record("access by groups", caller=user, box=box, detail=detail)


def _rights(row: Access | GroupRight | GroupAccess | None) -> set[str]:
    return {right for right in RIGHTS if row is not None and getattr(row, right)}


def _columns(rights: set[str]) -> dict[str, bool]:
    return {right: right in rights for right in RIGHTS}


def _words(before: set[str], after: set[str]) -> str:
    added = [f"+{right}" for right in RIGHTS if right in after - before]
    return " ".join(added + [f"−{right}" for right in RIGHTS if right in before - after])
