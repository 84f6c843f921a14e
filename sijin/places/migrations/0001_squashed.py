"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("places", "0001_initial"), ("places", "0002_priority_and_hours")]
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "system",
                    models.CharField(
                        choices=[
                            ("nbs", "National Bureau of Statistics"),
                            ("mca", "Ministry of Civil Affairs"),
                            ("user", "User-defined"),
                        ],
                        max_length=8,
                    ),
                ),
                ("year", models.PositiveSmallIntegerField()),
                ("code", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=80)),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("city", "City"),
                            ("county", "County"),
                            ("area", "Functional area"),
                            ("town", "Town"),
                            ("village", "Village or community"),
                        ],
                        max_length=8,
                    ),
                ),
                ("lat", models.FloatField(blank=True, null=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                ("approximate", models.BooleanField(default=False)),
                ("members", models.ManyToManyField(blank=True, related_name="areas", to="places.region")),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="places.region",
                    ),
                ),
            ],
            options={
                "ordering": ["system", "year", "code"],
                "indexes": [models.Index(fields=["level", "name"], name="region_by_name")],
                "constraints": [models.UniqueConstraint(fields=("system", "year", "code"), name="region_identity")],
            },
        ),
        migrations.CreateModel(
            name="Alias",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("source", models.CharField(blank=True, max_length=200)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="aliases", to="places.region"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("region", "name"), name="alias_once")],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                (
                    "door",
                    models.CharField(
                        choices=[
                            ("enterprise", "Enterprise"),
                            ("project", "Project"),
                            ("village", "Village"),
                            ("community", "Community"),
                        ],
                        max_length=12,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("lat", models.FloatField()),
                ("lon", models.FloatField()),
                ("approximate", models.BooleanField(default=False)),
                ("workload", models.FloatField(default=1.0, help_text="Days of a team's time per week")),
                ("skills", models.JSONField(blank=True, default=list)),
                ("priority", models.FloatField(default=1.0, help_text="How much a kilometre to it weighs; 1 is usual")),
                (
                    "opens",
                    models.TimeField(blank=True, help_text="Before it nobody can be met; empty: any time", null=True),
                ),
                ("closes", models.TimeField(blank=True, null=True)),
                ("generated", models.BooleanField(default=False)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "county",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="sites", to="places.region"
                    ),
                ),
                (
                    "town",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.region",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "indexes": [models.Index(fields=["door", "county"], name="site_by_door_county")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("door__in", ["enterprise", "project", "village", "community"])),
                        name="site_door_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens", None), ("closes", None), ("opens__lt", models.F("closes")), _connector="OR"
                        ),
                        name="site_opens_before_it_closes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("investment", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                (
                    "stage",
                    models.CharField(
                        choices=[("not_started", "Not started"), ("started", "Started or resumed"), ("built", "Built")],
                        default="not_started",
                        max_length=12,
                    ),
                ),
                ("level", models.CharField(blank=True, max_length=12)),
                ("capacity", models.CharField(blank=True, max_length=80)),
                ("reason", models.CharField(blank=True, max_length=200)),
                ("owner", models.CharField(blank=True, max_length=120)),
                ("parties", models.JSONField(blank=True, default=list)),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="project", to="places.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EnterpriseProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uscc", models.CharField(blank=True, max_length=18)),
                ("industry", models.CharField(blank=True, max_length=80)),
                ("staff", models.PositiveIntegerField(blank=True, null=True)),
                ("revenue", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="enterprise", to="places.site"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("uscc", ""), _negated=True), fields=("uscc",), name="enterprise_uscc_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CommunityProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("households", models.PositiveIntegerField(blank=True, null=True)),
                ("grids", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="community", to="places.site"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="VillageProfile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("area_mu", models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ("households", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="village", to="places.site"
                    ),
                ),
            ],
        ),
    ]
