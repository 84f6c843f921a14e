"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("briefing", "0001_initial"),
        ("briefing", "0002_initial"),
        ("briefing", "0003_initial"),
        ("briefing", "0004_frozen"),
    ]
    initial = True

    dependencies = [
        ("dispatch", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Brief",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("date", models.DateField()),
                ("correction", models.PositiveSmallIntegerField(default=0)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("title", models.CharField(max_length=200)),
                ("issuer", models.CharField(max_length=200)),
                ("cutoff", models.DateTimeField()),
                ("issued_at", models.DateTimeField()),
                ("body", models.JSONField(default=list)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="briefs", to="dispatch.campaign"
                    ),
                ),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-date", "-correction"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "date", "correction"), name="one_brief_a_day"),
                    models.UniqueConstraint(fields=("campaign", "number", "correction"), name="brief_number_once"),
                    models.CheckConstraint(
                        condition=models.Q(("correction", 0), ("reason__gt", ""), _connector="OR"),
                        name="correction_says_why",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BriefFigure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=80)),
                ("label", models.CharField(max_length=200)),
                ("meaning", models.CharField(blank=True, max_length=300)),
                ("value", models.DecimalField(decimal_places=6, max_digits=20, null=True)),
                ("shown", models.CharField(max_length=40)),
                ("unit", models.CharField(blank=True, max_length=20)),
                ("n", models.PositiveIntegerField(null=True)),
                ("low", models.DecimalField(decimal_places=6, max_digits=7, null=True)),
                ("high", models.DecimalField(decimal_places=6, max_digits=7, null=True)),
                ("model", models.CharField(blank=True, max_length=40)),
                ("rows", models.JSONField(default=list)),
                ("parts", models.JSONField(default=list)),
                (
                    "brief",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="figures", to="briefing.brief"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("brief", "key"), name="figure_once")],
            },
        ),
    ]
