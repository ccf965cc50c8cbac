from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_delete, pre_migrate


class BoxesConfig(AppConfig):
    name = "boxes"
    verbose_name = "MessageBox"

    def ready(self) -> None:
        from boxes import append_only, change_triggers, checks  # noqa: F401
        from boxes.sign_in import checks as sign_in_checks  # noqa: F401
        from boxes.sign_in import record  # noqa: F401

        post_migrate.connect(append_only.install, sender=self)
        pre_migrate.connect(change_triggers.remove, sender=self)
        post_migrate.connect(change_triggers.install, sender=self)
        pre_delete.connect(
            change_triggers.note_removal,
            sender=self.get_model("Message"),
            dispatch_uid="note_removal",
        )
