from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class TransportsConfig(AppConfig):
    name = "transports"
    verbose_name = _("Transports")

    def ready(self) -> None:
        from boxes.signals import message_queued
        from transports import checks, doorbell, schedule  # noqa: F401

        message_queued.connect(doorbell.ring, dispatch_uid="doorbell")
        post_migrate.connect(schedule.install, sender=self)
