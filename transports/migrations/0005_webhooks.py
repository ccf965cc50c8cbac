import boxes.xuid
import django.db.models.deletion
import django.utils.timezone
import transports.webhooks.model
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("boxes", "0008_changes"),
        ("transports", "0004_cell_messages"),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "xuid",
                    models.CharField(
                        default=boxes.xuid.new_xuid, editable=False, max_length=24, unique=True
                    ),
                ),
                (
                    "url",
                    models.CharField(
                        max_length=1000,
                        validators=[transports.webhooks.model.validate_url],
                        verbose_name="address",
                    ),
                ),
                ("sealed_secret", models.BinaryField(null=True)),
                ("active", models.BooleanField(default=True, verbose_name="active")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                ("xact", models.BigIntegerField(default=0)),
                ("change_id", models.BigIntegerField(default=0)),
                ("attempts", models.PositiveIntegerField(default=0, verbose_name="attempts")),
                (
                    "due_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, verbose_name="next attempt"
                    ),
                ),
                ("claim", models.CharField(blank=True, max_length=16)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("succeeded_at", models.DateTimeField(null=True, verbose_name="last success")),
                ("error", models.TextField(blank=True, verbose_name="what went wrong")),
                (
                    "box",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhooks",
                        to="boxes.box",
                        verbose_name="box",
                    ),
                ),
            ],
            options={
                "verbose_name": "webhook",
                "verbose_name_plural": "webhooks",
                "ordering": ("box__name", "pk"),
            },
        ),
    ]
