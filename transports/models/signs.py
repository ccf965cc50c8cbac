from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from boxes.models.prepared import Prepared, given

# A doorbell that nobody answered by then was lost on its way.
DOORBELL_SECONDS = 10


class Heartbeat(models.Model):
    """When a worker last ran the sweep: what tells a live cluster from a deaf one."""

    name = models.CharField(max_length=32, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("heartbeat")
        verbose_name_plural = _("heartbeats")

    def __str__(self) -> str:
        return f"{self.name} {self.at}"

    @classmethod
    def beat(cls, name: str = "worker") -> None:
        cls.objects.update_or_create(name=name, defaults={"at": now()})

    @classmethod
    def age(cls, name: str = "worker") -> float | None:
        """Seconds since the last beat; None when there never was one."""
        last = cls.last(name)
        return (now() - last).total_seconds() if last else None

    @classmethod
    def last(cls, name: str = "worker") -> datetime | None:
        return cls.objects.filter(name=name).values_list("at", flat=True).first()


_BELL: "Prepared[Doorbell]" = Prepared(lambda: Doorbell.objects.filter(pk=given("name")))


class Doorbell(models.Model):
    """Whether a worker was woken and has not looked yet: one row a bell, one ring at a time."""

    DISPATCH, KNOW = "dispatch", "know"

    name = models.CharField(max_length=16, primary_key=True)
    rung_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} rung at {self.rung_at}"

    @classmethod
    def ring(cls, name: str = DISPATCH) -> bool:
        """True when nobody rang before: then the caller wakes a worker.

        Asked after a commit, so a worker that answers later than this sees what was
        committed, and one that answered before has made the bell free again.
        """
        stale = now() - timedelta(seconds=DOORBELL_SECONDS)
        bell = _BELL.first(name=name)
        if bell and bell.rung_at and bell.rung_at > stale:
            return False
        free = Q(rung_at=None) | Q(rung_at__lte=stale)
        if cls.objects.filter(free, pk=name).update(rung_at=now()):
            return True
        _bell, created = cls.objects.get_or_create(pk=name, defaults={"rung_at": now()})
        return created

    @classmethod
    def answer(cls, name: str = DISPATCH) -> None:
        cls.objects.filter(pk=name, rung_at__isnull=False).update(rung_at=None)
