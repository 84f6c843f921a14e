"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [("works", "0001_initial"), ("works", "0002_advice")]
    initial = True

    dependencies = [
        ("exchange", "0001_squashed"),
        ("ledger", "0001_squashed"),
        ("people", "0001_squashed"),
        ("places", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="AdviceCard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("adviser", models.CharField(help_text="By unit and role, not by name", max_length=200)),
                ("checked_in_at", models.DateTimeField()),
                ("lat", models.FloatField(blank=True, null=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                ("served", models.CharField(help_text="Who was advised, by role", max_length=120)),
                ("crop", models.CharField(max_length=60)),
                ("area_mu", models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ("plants", models.PositiveIntegerField(blank=True, help_text="Planted this year", null=True)),
                ("problem", models.CharField(max_length=500)),
                ("follow_up_on", models.DateField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("followed_on", models.DateField(blank=True, null=True)),
                ("outcome", models.CharField(blank=True, help_text="What came of the advice", max_length=300)),
                (
                    "rating",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("satisfied", "Satisfied"),
                            ("basic", "Basically satisfied"),
                            ("dissatisfied", "Dissatisfied"),
                        ],
                        max_length=12,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "followed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advice_cards",
                        to="ledger.need",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="advice_cards", to="places.site"
                    ),
                ),
                (
                    "visit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="advice_cards",
                        to="exchange.expertvisit",
                    ),
                ),
            ],
            options={
                "ordering": ["-checked_in_at", "-pk"],
                "indexes": [models.Index(fields=["followed_on", "follow_up_on"], name="advice_by_follow_up")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("area_mu", None), ("area_mu__gt", 0), _connector="OR"),
                        name="advice_area_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("plants", None), ("plants__gt", 0), _connector="OR"),
                        name="advice_plants_positive",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("followed_on", None), ("rating", "")),
                            models.Q(("followed_on__isnull", False), models.Q(("rating", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="advice_rated_when_followed_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AdviceChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verb", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("change", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="works.advicecard"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="AdviceTopic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("topic", models.CharField(max_length=20)),
                ("text", models.CharField(max_length=500)),
                ("material", models.CharField(blank=True, max_length=80)),
                ("quantity", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)),
                ("unit", models.CharField(blank=True, max_length=20)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="topics", to="works.advicecard"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("card", "topic"), name="advice_topic_once"),
                    models.CheckConstraint(
                        condition=models.Q(("quantity", None), ("quantity__gt", 0), _connector="OR"),
                        name="advice_material_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanMeasure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "aspect",
                    models.CharField(
                        choices=[
                            ("people", "People"),
                            ("funds", "Funds"),
                            ("policy", "Policy"),
                            ("technology", "Technology"),
                            ("market", "Market"),
                            ("factor", "Land and utilities"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                    ),
                ),
                ("text", models.CharField(max_length=300)),
                ("due", models.DateField()),
                ("result", models.CharField(blank=True, max_length=300)),
                ("made_at", models.DateTimeField()),
                ("dropped_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plan_measures",
                        to="ledger.need",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plan_measures", to="places.site"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plan_measures", to="people.unit"
                    ),
                ),
            ],
            options={
                "ordering": ["due", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SiteContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("role", models.CharField(max_length=60)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("note", models.CharField(blank=True, max_length=120)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="places.site"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("site", "role"), name="contact_role_once")],
            },
        ),
        migrations.CreateModel(
            name="SitePlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("issued_at", models.DateTimeField()),
                ("content", models.JSONField(help_text="The plan as the page showed it")),
                ("digest", models.CharField(max_length=64)),
                (
                    "issued_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="plans", to="places.site"
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("site", "number"), name="plan_number_once")],
            },
        ),
    ]
