from django.db import migrations


def forget(apps, schema_editor):
    """What came to the wrong box before this told its note on."""
    handlings = apps.get_model("boxes", "Handling").objects
    handlings.filter(message__misdelivered_at__isnull=False).exclude(note="").update(note="")


class Migration(migrations.Migration):
    dependencies = [
        ("boxes", "0026_draft_saved_by"),
    ]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]
