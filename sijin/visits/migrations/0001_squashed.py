"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("visits", "0001_initial"), ("visits", "0002_the_whole_visit"), ("visits", "0003_fill_what_is_new")]
    initial = True

    dependencies = [
        ("dispatch", "0001_squashed"),
        ("ledger", "0001_squashed"),
        ("people", "0001_squashed"),
        ("places", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(unique=True)),
                ("at", models.DateTimeField()),
                (
                    "recorded_at",
                    models.DateTimeField(help_text="The campaign's time of the record; corrections count from here"),
                ),
                (
                    "late_reason",
                    models.CharField(blank=True, help_text="Why it was recorded on a later day", max_length=200),
                ),
                (
                    "same_day_reason",
                    models.CharField(
                        blank=True, help_text="Why a second team came to the site on that day", max_length=200
                    ),
                ),
                ("met", models.CharField(blank=True, max_length=120)),
                ("said", models.TextField(blank=True)),
                (
                    "search",
                    models.TextField(
                        blank=True, editable=False, help_text="What was met and said, in Simplified script"
                    ),
                ),
                ("lat", models.FloatField(blank=True, null=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, help_text="How long the visit took", null=True),
                ),
                ("people_met", models.PositiveSmallIntegerField(blank=True, null=True)),
                (
                    "minutes_asked",
                    models.PositiveSmallIntegerField(
                        blank=True, help_text="Minutes of each person's time that the visit asked for", null=True
                    ),
                ),
                ("took_nothing", models.BooleanField(default=False)),
                (
                    "digest",
                    models.CharField(
                        blank=True, help_text="SHA-256 of what was sent, to know a second sending", max_length=64
                    ),
                ),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="visits", to="dispatch.campaign"
                    ),
                ),
                ("needs", models.ManyToManyField(blank=True, related_name="visits", to="ledger.need")),
                ("participants", models.ManyToManyField(blank=True, related_name="visits", to="people.official")),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="places.site"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="visits", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["site", "at"], name="visit_by_site"),
                    models.Index(fields=["campaign", "-at"], name="visit_by_day"),
                    models.Index(fields=["team", "at"], name="visit_by_team"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("took_nothing", True)), name="visit_took_nothing"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lat__isnull", True), ("lon__isnull", True)),
                            models.Q(("lat__range", (-90, 90)), ("lon__range", (-180, 180))),
                            _connector="OR",
                        ),
                        name="visit_position_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Correction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("change", models.JSONField(blank=True, default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="corrections", to="visits.visit"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="VisitPhoto",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("size", models.PositiveIntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("file", models.FileField(upload_to="visits/%Y/%m/")),
                ("added_at", models.DateTimeField()),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="photos", to="visits.visit"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("visit", "sha256"), name="visit_photo_once")],
            },
        ),
        migrations.CreateModel(
            name="PlannedVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("planned_at", models.DateTimeField()),
                (
                    "planned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="planned_visits", to="places.site"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="planned_visits", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "ordering": ["day", "pk"],
                "indexes": [models.Index(fields=["site", "day"], name="planned_by_site")],
                "constraints": [models.UniqueConstraint(fields=("team", "site", "day"), name="planned_once")],
            },
        ),
    ]
