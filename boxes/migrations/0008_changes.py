import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("boxes", "0007_roads"),
    ]

    operations = [
        migrations.CreateModel(
            name="Change",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("xact", models.BigIntegerField(default=0)),
                ("kind", models.CharField(max_length=20)),
                ("xuid", models.CharField(max_length=24)),
                ("direction", models.CharField(max_length=3)),
                ("status", models.CharField(blank=True, max_length=12)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("n", models.PositiveIntegerField(null=True)),
                (
                    "box",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        to="boxes.box",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["box", "xact", "id"], name="change_order"),
                    models.Index(fields=["at"], name="change_age"),
                    models.Index(
                        condition=models.Q(("kind", "message.removed")),
                        fields=["xuid"],
                        name="change_removal",
                    ),
                ],
            },
        ),
    ]
