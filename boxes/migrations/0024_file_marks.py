from django.db import migrations, models

import boxes.models.draft


def mark(apps, schema_editor):
    """The column came with one value for all rows."""
    for pk in apps.get_model("boxes", "DraftFile").objects.values_list("pk", flat=True):
        rows = apps.get_model("boxes", "DraftFile").objects.filter(pk=pk)
        rows.update(mark=boxes.models.draft.new_ref())


class Migration(migrations.Migration):
    dependencies = [
        ("boxes", "0023_newest_labels"),
    ]

    operations = [
        migrations.AddField(
            model_name="draftfile",
            name="mark",
            field=models.CharField(
                default=boxes.models.draft.new_ref, editable=False, max_length=16
            ),
        ),
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="draftfile",
            constraint=models.UniqueConstraint(fields=("draft", "mark"), name="file_once"),
        ),
    ]
