from django.db import migrations, models

from boxes.words import words_of


def fill(apps, schema_editor):
    """For what was read before there was such a column."""
    Message = apps.get_model("boxes", "Message")
    for message in Message.objects.exclude(patient_name="").only("patient_name").iterator():
        words = " ".join(["", *words_of(message.patient_name)])[:255]
        Message.objects.filter(pk=message.pk).update(patient_words=words)


class Migration(migrations.Migration):
    dependencies = [("boxes", "0004_flag_leads")]

    operations = [
        migrations.AddField(
            model_name="message",
            name="patient_words",
            field=models.CharField(blank=True, editable=False, max_length=255),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
