"""The schedules of django-q2, made from constants: one that is typed wrong stops them all."""

from django.apps import apps
from django.db import connections

SCHEDULES = {
    "sweep": ("transports.tasks.sweep", 1),
    "housekeeping": ("transports.tasks.housekeeping", 10),
    "correspondents": ("transports.tasks.count_correspondents", 1),
    "remind": ("transports.tasks.remind", 10),  # apart: a mail server may be slow
}


def install(**kwargs) -> None:
    """Bring the schedule table in line with SCHEDULES and drop whatever else stands in it."""
    if not apps.is_installed("django_q"):
        return
    schedule = apps.get_model("django_q", "Schedule")
    if schedule._meta.db_table not in _tables(kwargs.get("using", "default")):
        return
    schedule.objects.exclude(name__in=SCHEDULES).delete()
    for name, (function, minutes) in SCHEDULES.items():
        schedule.objects.update_or_create(
            name=name,
            defaults={"func": function, "schedule_type": "I", "minutes": minutes, "repeats": -1},
        )


def _tables(using: str) -> list[str]:
    return connections[using].introspection.table_names()
