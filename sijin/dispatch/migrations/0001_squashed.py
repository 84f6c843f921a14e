"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("dispatch", "0001_initial"),
        ("dispatch", "0002_initial"),
        ("dispatch", "0003_board"),
        ("dispatch", "0004_plan_anew"),
        ("dispatch", "0005_what_if"),
        ("dispatch", "0006_publication"),
        ("dispatch", "0007_grades_ties_rules"),
    ]
    initial = True

    dependencies = [
        ("people", "0001_squashed"),
        ("places", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40, unique=True)),
                ("name", models.CharField(max_length=120)),
                ("start", models.DateField()),
                ("end", models.DateField(blank=True, null=True)),
                ("doors", models.JSONField(default=list)),
                (
                    "profile",
                    models.CharField(default="shandong-sijin-2020", help_text="Deadlines of needs", max_length=60),
                ),
                (
                    "team_rules",
                    models.CharField(
                        default="shandong-sijin-2020", help_text="Size and make-up of teams", max_length=60
                    ),
                ),
                (
                    "chosen",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="Rules of the dispatch that the office set otherwise than the profile",
                    ),
                ),
                ("cutoff", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "ordering": ["-start"],
            },
        ),
        migrations.CreateModel(
            name="DispatchChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("move_official", "Moved a person"),
                            ("move_site", "Moved a site"),
                            ("lock", "Locked"),
                            ("unlock", "Unlocked"),
                            ("approve", "Approved a plan"),
                            ("import", "Imported a roster"),
                            ("rules", "Set the rules"),
                            ("ties", "Changed a tie"),
                            ("undo", "Undid the last change"),
                        ],
                        max_length=16,
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=160)),
                ("before", models.JSONField(default=dict)),
                ("after", models.JSONField(default=dict)),
                ("undone", models.BooleanField(default=False)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dispatch_changes",
                        to="dispatch.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DispatchPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("approved", "Approved"), ("discarded", "Discarded")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                (
                    "after_change",
                    models.PositiveBigIntegerField(default=0, help_text="The last change that the plan knew of"),
                ),
                ("cost", models.FloatField()),
                ("bound", models.FloatField()),
                ("gap", models.FloatField()),
                ("seconds", models.FloatField()),
                ("seed", models.PositiveIntegerField(default=0)),
                ("parts", models.JSONField(default=dict)),
                ("measures", models.JSONField(default=dict)),
                ("warnings", models.JSONField(default=list)),
                ("bases", models.JSONField(default=list, help_text="[team, lat, lon, load] of every team")),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "time_limit",
                    models.FloatField(blank=True, help_text="Seconds that the solver might search", null=True),
                ),
                (
                    "change_price",
                    models.FloatField(blank=True, help_text="Price of one change, in km-equivalents", null=True),
                ),
                (
                    "taken",
                    models.JSONField(blank=True, help_text="How much of it was approved, when not all was", null=True),
                ),
                (
                    "shadow",
                    models.JSONField(blank=True, default=list, help_text="[skill, county, price] of one more holder"),
                ),
                (
                    "approved_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plans", to="dispatch.campaign"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Publication",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "snapshot",
                    models.JSONField(default=dict, help_text="Seats by official and teams by site, as they were told"),
                ),
                ("told", models.PositiveIntegerField(default=0)),
                ("changed_roles", models.PositiveIntegerField(default=0)),
                ("made", models.JSONField(blank=True, default=list, help_text="Keys of the accounts that were made")),
                (
                    "fetched_at",
                    models.DateTimeField(blank=True, help_text="When their first passwords were given", null=True),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="publications", to="dispatch.campaign"
                    ),
                ),
                (
                    "fetched_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="RosterImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("name", models.CharField(max_length=200)),
                ("file", models.FileField(upload_to="rosters/%Y/%m/")),
                (
                    "state",
                    models.CharField(
                        choices=[("previewed", "Previewed"), ("applied", "Applied")], default="previewed", max_length=10
                    ),
                ),
                ("summary", models.JSONField(default=dict)),
                ("faults", models.JSONField(default=list)),
                ("rejected", models.FileField(blank=True, upload_to="rosters/%Y/%m/")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="imports",
                        to="dispatch.campaign",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Team",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=20)),
                ("name", models.CharField(max_length=120)),
                (
                    "level",
                    models.CharField(choices=[("province", "Provincial team"), ("city", "City team")], max_length=8),
                ),
                ("size_wanted", models.PositiveSmallIntegerField(default=5)),
                ("skills", models.JSONField(blank=True, default=list, help_text="Wanted whatever its sites want")),
                (
                    "lat",
                    models.FloatField(
                        blank=True, help_text="Base, in degrees; empty until a plan finds one", null=True
                    ),
                ),
                ("lon", models.FloatField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="teams", to="dispatch.campaign"
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teams",
                        to="places.region",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="teams",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("campaign", "number"), name="team_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateField()),
                ("until", models.DateField(blank=True, null=True)),
                ("kilometres", models.FloatField(default=0)),
                ("why", models.JSONField(blank=True, default=dict)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by_hand", models.BooleanField(default=False)),
                ("locked", models.BooleanField(default=False)),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="places.site"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="postings", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)), fields=("site",), name="one_team_per_site"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlannedSeat",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leads", models.BooleanField(default=False)),
                ("skill", models.CharField(blank=True, max_length=40)),
                ("kilometres", models.FloatField(blank=True, null=True)),
                ("why", models.JSONField(default=dict)),
                (
                    "official",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.official"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seats", to="dispatch.dispatchplan"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("plan", "official"), name="one_planned_seat")],
            },
        ),
        migrations.CreateModel(
            name="PlannedPosting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kilometres", models.FloatField(default=0)),
                ("why", models.JSONField(default=dict)),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="postings", to="dispatch.dispatchplan"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.site"),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("plan", "site"), name="one_planned_team")],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("leads", models.BooleanField(default=False)),
                ("skill", models.CharField(blank=True, help_text="The wanted skill whose seat this is", max_length=40)),
                ("kilometres", models.FloatField(blank=True, help_text="From home to the team's base", null=True)),
                ("why", models.JSONField(blank=True, default=dict)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("by_hand", models.BooleanField(default=False)),
                ("locked", models.BooleanField(default=False)),
                (
                    "official",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.official"
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="dispatch.team"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("team", "official"), name="member_once"),
                    models.UniqueConstraint(condition=models.Q(("leads", True)), fields=("team",), name="one_leader"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tie",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                (
                    "kind",
                    models.CharField(
                        choices=[("together", "in one team"), ("apart", "in different teams")], max_length=8
                    ),
                ),
                ("reason", models.CharField(max_length=120)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="ties", to="dispatch.campaign"
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "constraints": [models.UniqueConstraint(fields=("campaign", "code"), name="tie_once")],
            },
        ),
        migrations.CreateModel(
            name="Tied",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "official",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ties",
                        to="people.official",
                    ),
                ),
                (
                    "tie",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="tied", to="dispatch.tie"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="ties",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("official", None), ("unit__isnull", False)),
                            models.Q(("official__isnull", False), ("unit", None)),
                            _connector="OR",
                        ),
                        name="tied_person_or_unit",
                    ),
                    models.UniqueConstraint(fields=("tie", "official"), name="tied_once"),
                    models.UniqueConstraint(fields=("tie", "unit"), name="tied_unit_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="WhatIf",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("scenarios", "Scenarios side by side"), ("one_more", "Which skill to ask for")],
                        default="scenarios",
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("scenarios", models.JSONField(default=list)),
                ("seconds", models.FloatField(default=10)),
                ("from_scratch", models.BooleanField(default=False)),
                ("seed", models.PositiveIntegerField(default=1)),
                ("results", models.JSONField(blank=True, default=dict, help_text="Empty until the job is done")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="what_ifs", to="dispatch.campaign"
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="people.job",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
    ]
