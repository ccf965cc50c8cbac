from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transports", "0001_initial")]

    operations = [
        migrations.DeleteModel("Doorbell"),
        migrations.CreateModel(
            name="Doorbell",
            fields=[
                (
                    "name",
                    models.CharField(max_length=16, primary_key=True, serialize=False),
                ),
                ("rung_at", models.DateTimeField(null=True)),
            ],
        ),
    ]
