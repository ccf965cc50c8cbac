from django.apps import AppConfig
from django.db.models.signals import post_migrate


class BoxesConfig(AppConfig):
    name = "boxes"
    verbose_name = "MessageBox"

    def ready(self) -> None:
        from boxes import append_only, checks, sign_in  # noqa: F401

        post_migrate.connect(append_only.install, sender=self)
