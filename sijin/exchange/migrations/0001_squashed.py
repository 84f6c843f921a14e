"""The tables of this room, as of 2026-11-28; one migration for those before the first release."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("exchange", "0001_initial"),
        ("exchange", "0002_initial"),
        ("exchange", "0003_initial"),
        ("exchange", "0004_offers_matches_agreements"),
        ("exchange", "0005_relief_figures_claims_imports"),
        ("exchange", "0006_capacity_pool"),
        ("exchange", "0007_chain_map"),
        ("exchange", "0008_clearings"),
        ("exchange", "0009_feedback_on_complements"),
        ("exchange", "0010_jobs"),
        ("exchange", "0011_experts"),
        ("exchange", "0012_soil_samples"),
    ]
    initial = True

    dependencies = [
        ("dispatch", "0001_squashed"),
        ("ledger", "0001_squashed"),
        ("people", "0001_squashed"),
        ("places", "0001_squashed"),
    ]

    operations = [
        migrations.CreateModel(
            name="PoolPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("published", "Published plan"),
                            ("replaced", "Replaced"),
                            ("discarded", "Discarded"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("stamp", models.CharField(help_text="Of the orders and makers that it was made of", max_length=64)),
                ("start", models.DateField(help_text="A Monday")),
                ("weeks", models.PositiveSmallIntegerField()),
                ("cost", models.FloatField()),
                ("bound", models.FloatField()),
                ("gap", models.FloatField()),
                ("seconds", models.FloatField()),
                ("seed", models.PositiveIntegerField(default=0)),
                ("time_limit", models.FloatField()),
                (
                    "change_price",
                    models.FloatField(default=0, help_text="Yuan for each piece that goes elsewhere than before"),
                ),
                ("parts", models.JSONField(default=dict)),
                ("late", models.JSONField(default=list, help_text="[{order, quantity, why}]")),
                ("changed", models.BooleanField(default=False, help_text="By hand, since it was solved")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "base",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="later",
                        to="exchange.poolplan",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pool_plans", to="dispatch.campaign"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "published_by",
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
                "ordering": ["-made_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "published")), fields=("campaign",), name="one_published_pool_plan"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="MatchmakingEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("held_on", models.DateField()),
                ("place", models.CharField(blank=True, max_length=120)),
                ("note", models.CharField(blank=True, max_length=300)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="matchmaking_events",
                        to="dispatch.campaign",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="events",
                        to="exchange.poolplan",
                    ),
                ),
            ],
            options={
                "ordering": ["-held_on", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Offer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("code", models.CharField(max_length=40, unique=True)),
                ("provider", models.CharField(max_length=120)),
                ("kind", models.CharField(max_length=20)),
                ("item", models.CharField(max_length=120)),
                ("unit", models.CharField(max_length=20)),
                ("quantity", models.DecimalField(decimal_places=2, max_digits=16)),
                ("promised", models.DecimalField(decimal_places=2, default=0, max_digits=16)),
                ("since", models.DateField(blank=True, null=True)),
                ("until", models.DateField(blank=True, null=True)),
                (
                    "reach_km",
                    models.PositiveIntegerField(blank=True, help_text="Kilometres; empty: no limit", null=True),
                ),
                (
                    "certificate",
                    models.BooleanField(blank=True, help_text="Export certificate; empty: not known", null=True),
                ),
                (
                    "has_capacity",
                    models.BooleanField(blank=True, help_text="Has spare capacity to make things", null=True),
                ),
                ("has_channel", models.BooleanField(blank=True, help_text="Has a channel to sell things", null=True)),
                ("tags", models.JSONField(blank=True, default=list)),
                ("conditions", models.CharField(blank=True, max_length=300)),
                ("contact", models.CharField(blank=True, help_text="By role, not by name", max_length=80)),
                (
                    "search",
                    models.TextField(
                        blank=True, editable=False, help_text="Item, provider and #tags# in Simplified script"
                    ),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "touched",
                    models.DateTimeField(
                        auto_now=True, help_text="When the row was last written; the finder follows it"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="offers", to="dispatch.campaign"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.region",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="places.site",
                    ),
                ),
                (
                    "unit_of_provider",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offers",
                        to="people.unit",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "indexes": [
                    models.Index(fields=["campaign", "kind", "withdrawn_at"], name="offer_by_kind"),
                    models.Index(fields=["campaign", "touched"], name="offer_by_touch"),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("promised__gte", 0)), name="promised_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("promised__lte", models.F("quantity"))), name="never_over_committed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("since", None), ("until", None), ("since__lte", models.F("until")), _connector="OR"
                        ),
                        name="offer_window_forward",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("provider", models.CharField(max_length=120)),
                ("subject", models.CharField(blank=True, max_length=120)),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("signed_on", models.DateField()),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="agreements", to="dispatch.campaign"
                    ),
                ),
                ("needs", models.ManyToManyField(blank=True, related_name="agreements", to="ledger.need")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="places.site"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="exchange.matchmakingevent",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="agreements",
                        to="exchange.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["signed_on", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gte", 0)), name="agreement_amount_not_negative"
                    ),
                    models.UniqueConstraint(fields=("event", "provider", "site"), name="agreement_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainFirm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                (
                    "capacity",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        help_text="What it can sell in a year, 10,000 yuan",
                        max_digits=16,
                        null=True,
                    ),
                ),
                ("running", models.BooleanField(default=True)),
                ("local", models.BooleanField(default=True, help_text="In the campaign's own city")),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chain_firms", to="dispatch.campaign"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="chain_firms",
                        to="places.site",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "name"), name="chain_firm_once"),
                    models.CheckConstraint(
                        condition=models.Q(("capacity", None), ("capacity__gte", 0), _connector="OR"),
                        name="chain_capacity_not_negative",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChainSupply",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product", models.CharField(max_length=80)),
                ("volume", models.DecimalField(decimal_places=2, help_text="10,000 yuan a year", max_digits=16)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "buyer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="buys", to="exchange.chainfirm"
                    ),
                ),
                (
                    "supplier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sells", to="exchange.chainfirm"
                    ),
                ),
            ],
            options={
                "ordering": ["supplier__name", "buyer__name", "product"],
                "constraints": [
                    models.UniqueConstraint(fields=("supplier", "buyer", "product"), name="chain_supply_once"),
                    models.CheckConstraint(condition=models.Q(("volume__gt", 0)), name="chain_volume_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("supplier", models.F("buyer")), _negated=True), name="chain_not_oneself"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clearing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("published", "Published"), ("withdrawn", "Withdrawn")],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("kinds", models.JSONField(default=list, help_text="Kinds that were cleared")),
                ("floor", models.FloatField(help_text="Least share of each county's quantity of a kind, 0 to 1")),
                ("change", models.FloatField(help_text="Points that moving one unit away from what is reserved costs")),
                ("time_limit", models.FloatField()),
                ("cost", models.FloatField(help_text="In points")),
                ("bound", models.FloatField()),
                ("gap", models.FloatField()),
                ("seconds", models.FloatField()),
                ("complete", models.BooleanField(default=True)),
                (
                    "figures",
                    models.JSONField(
                        default=dict, help_text="Counts, sums by kind and by county, first come first served"
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clearings", to="dispatch.campaign"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "published_by",
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
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("on", models.DateField()),
                ("amount", models.DecimalField(decimal_places=2, max_digits=16)),
                ("note", models.CharField(blank=True, max_length=120)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="exchange.agreement"
                    ),
                ),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ["on", "pk"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="delivery_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="JobPost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("code", models.CharField(max_length=40)),
                ("firm", models.CharField(max_length=120)),
                ("occupation", models.CharField(help_text="Code of the 职业分类大典, four parts", max_length=10)),
                ("title", models.CharField(blank=True, max_length=80)),
                ("number", models.PositiveIntegerField(help_text="Openings in all, hired ones among them")),
                ("wage", models.DecimalField(decimal_places=2, help_text="Yuan a month", max_digits=9)),
                (
                    "shift",
                    models.CharField(
                        choices=[
                            ("day", "Day shift"),
                            ("two", "Two shifts in turn"),
                            ("three", "Three shifts in turn"),
                            ("night", "Night shift"),
                            ("flexible", "Flexible"),
                        ],
                        default="day",
                        max_length=8,
                    ),
                ),
                ("contact", models.CharField(blank=True, help_text="By role, not by name", max_length=80)),
                ("conditions", models.CharField(blank=True, max_length=200)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="job_posts", to="dispatch.campaign"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="job_posts",
                        to="places.site",
                    ),
                ),
            ],
            options={
                "ordering": ["firm", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "code"), name="job_post_once"),
                    models.CheckConstraint(condition=models.Q(("number__gt", 0)), name="job_post_has_openings"),
                    models.CheckConstraint(condition=models.Q(("wage__gt", 0)), name="job_post_pays"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("limit_km", models.PositiveIntegerField()),
                ("cost", models.FloatField(help_text="In points, the ties of households counted")),
                ("bound", models.FloatField(help_text="No answer costs less: proven")),
                ("gap", models.FloatField()),
                ("seconds", models.FloatField()),
                ("figures", models.JSONField(default=dict, help_text="Counts and the short board; no person in it")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="job_runs", to="dispatch.campaign"
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bound__lte", models.F("cost"))), name="job_run_bound_below"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="JobWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("client_uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=40)),
                ("phone", models.CharField(blank=True, max_length=20)),
                (
                    "of",
                    models.CharField(
                        choices=[("villager", "Villager"), ("graduate", "Graduate")], default="villager", max_length=8
                    ),
                ),
                (
                    "occupations",
                    models.JSONField(default=list, help_text="Codes, the best first; a code of fewer parts is a group"),
                ),
                (
                    "wage",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="Least, yuan a month; 0: any", max_digits=9
                    ),
                ),
                (
                    "shifts",
                    models.JSONField(blank=True, default=list, help_text="Shifts that are accepted; empty: any"),
                ),
                (
                    "reach_km",
                    models.PositiveIntegerField(
                        blank=True, help_text="Own limit of travel; empty: the run's", null=True
                    ),
                ),
                (
                    "household",
                    models.CharField(blank=True, help_text="The same code for all of one household", max_length=40),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="job_wishes", to="dispatch.campaign"
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        help_text="Where the person lives",
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.region",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="job_wishes",
                        to="places.site",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "code"), name="job_wish_once"),
                    models.CheckConstraint(condition=models.Q(("wage__gte", 0)), name="job_wish_wage_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobVerdict",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "says",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not judged"), ("accepted", "Accepted"), ("refused", "Turned down")],
                        max_length=8,
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="verdicts", to="exchange.jobpost"
                    ),
                ),
                (
                    "wish",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="verdicts", to="exchange.jobwish"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("wish", "post"), name="job_judged_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("says", "accepted")), fields=("wish",), name="job_accepted_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobSuggestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kilometres",
                    models.FloatField(blank=True, help_text="To the post, or to the nearest that suits", null=True),
                ),
                ("cost", models.FloatField(help_text="Points: of the pair, or of going without")),
                ("tie", models.CharField(blank=True, help_text="To the household: same, near or apart", max_length=5)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Suggested"),
                            ("far", "what suits lies beyond the limit"),
                            ("full", "all within the limit that suits goes to others"),
                            ("none", "no post of the occupation group is open"),
                            ("pay", "no open post of the group pays what is asked"),
                            ("shift", "no open post of the group is in a shift that is accepted"),
                            ("said", "what would suit was turned down or declined"),
                        ],
                        default="",
                        max_length=5,
                    ),
                ),
                (
                    "nearest",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exchange.jobpost",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="exchange.jobpost",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="suggestions", to="exchange.jobrun"
                    ),
                ),
                (
                    "wish",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="suggestions", to="exchange.jobwish"
                    ),
                ),
            ],
            options={
                "ordering": ["wish__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "wish"), name="job_suggested_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("why", ""), ("post__isnull", False)),
                            models.Q(models.Q(("why", ""), _negated=True), ("post", None)),
                            _connector="OR",
                        ),
                        name="job_post_or_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="JobContact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("none", "Not reached"),
                            ("contacted", "Reached"),
                            ("interview", "Interview"),
                            ("hired", "Hired"),
                            ("declined", "Declined"),
                        ],
                        max_length=9,
                    ),
                ),
                ("on", models.DateField(help_text="When the person was called or met")),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField()),
                ("last", models.BooleanField(default=True, help_text="Whether no later entry of the pair is there")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="exchange.jobpost"
                    ),
                ),
                (
                    "wish",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="contacts", to="exchange.jobwish"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "indexes": [models.Index(fields=["post", "outcome", "last"], name="job_contact_by_post")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("last", True)), fields=("wish", "post"), name="job_stands_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("last", True), ("outcome", "hired")),
                        fields=("wish",),
                        name="job_hired_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Match",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "quantity",
                    models.DecimalField(decimal_places=2, help_text="In the unit of the need's item", max_digits=16),
                ),
                (
                    "taken",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="In the unit of the offer", max_digits=16
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("reserved", "Reserved"),
                            ("agreed", "Agreed"),
                            ("delivered", "Delivered"),
                            ("confirmed", "Receipt confirmed"),
                            ("released", "Released"),
                        ],
                        default="reserved",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("expires_on", models.DateField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="ledger.needitem"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "rest_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rests",
                        to="exchange.match",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="matches", to="exchange.offer"
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
                "indexes": [models.Index(fields=["state", "expires_on"], name="match_by_expiry")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="match_quantity_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="ExpertVisit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("expert", models.CharField(help_text="Who comes, by unit and role", max_length=200)),
                ("reason", models.CharField(blank=True, help_text="Why this one, as it was shown", max_length=300)),
                ("expected_on", models.DateField()),
                ("assigned_at", models.DateTimeField()),
                ("came_on", models.DateField(blank=True, null=True)),
                ("note", models.CharField(blank=True, help_text="What the expert did there", max_length=300)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "assigned_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "came_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="expert_visits", to="ledger.need"
                    ),
                ),
                (
                    "official",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_visits",
                        to="people.official",
                    ),
                ),
                (
                    "match",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_visit",
                        to="exchange.match",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="expert_visits",
                        to="exchange.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["assigned_at", "pk"],
                "indexes": [models.Index(fields=["official", "expected_on"], name="expert_by_day")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("match__isnull", False), ("offer__isnull", False), ("official", None)),
                            models.Q(("match", None), ("offer", None), ("official__isnull", False)),
                            _connector="OR",
                        ),
                        name="expert_from_one_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("came_on", None), ("withdrawn_at", None), _connector="OR"),
                        name="who_came_is_not_withdrawn",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Complement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.FloatField(default=0)),
                (
                    "found_at",
                    models.DateTimeField(blank=True, help_text="When the search noted it; empty: by hand", null=True),
                ),
                ("lasts", models.BooleanField(default=False, help_text="Whether the last search found it again")),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not judged"), ("accepted", "Accepted"), ("refused", "Turned down")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=12)),
                ("note", models.CharField(blank=True, max_length=200)),
                ("at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="complements", to="ledger.need"
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ledger.need",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="complements",
                        to="exchange.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["-score", "pk"],
                "indexes": [models.Index(fields=["need", "found_at"], name="complement_by_finding")],
                "constraints": [
                    models.UniqueConstraint(fields=("need", "offer"), name="complement_once"),
                    models.UniqueConstraint(fields=("need", "other"), name="complement_of_needs_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("offer", None), ("other__isnull", False)),
                            models.Q(("offer__isnull", False), ("other", None)),
                            _connector="OR",
                        ),
                        name="complement_of_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("other", None), models.Q(("other", models.F("need")), _negated=True), _connector="OR"
                        ),
                        name="complement_not_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("side", models.CharField(choices=[("offer", "Offer"), ("need", "Need")], max_length=5)),
                ("kind", models.CharField(max_length=20)),
                ("name", models.CharField(help_text="What it is", max_length=120)),
                ("unit", models.CharField(help_text="Unit in which the market was cleared", max_length=20)),
                ("price", models.FloatField()),
                ("quantity", models.DecimalField(decimal_places=2, help_text="Wanted or there", max_digits=16)),
                ("left", models.DecimalField(decimal_places=2, help_text="Not met, or not used", max_digits=16)),
                (
                    "why",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_offer", "no offer fits"),
                            ("no_room", "all that fits serves others better"),
                            ("dear", "what fits is worse than to wait"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "fits",
                    models.JSONField(default=list, help_text="The other side: items that it fits, or offers that fit"),
                ),
                (
                    "waiting",
                    models.PositiveIntegerField(default=0, help_text="How many of the items that it fits go without"),
                ),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="prices", to="exchange.clearing"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="ledger.needitem",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.region",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exchange.offer",
                    ),
                ),
            ],
            options={
                "ordering": ["-price", "kind", "name", "pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("item", None), ("offer__isnull", False), ("side", "offer")),
                            models.Q(("item__isnull", False), ("offer", None), ("side", "need")),
                            _connector="OR",
                        ),
                        name="price_of_one_side",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ClearingLock",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("says", models.CharField(choices=[("keep", "Locked"), ("never", "Forbidden")], max_length=5)),
                ("quantity", models.DecimalField(blank=True, decimal_places=2, max_digits=16, null=True)),
                ("at", models.DateTimeField()),
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
                        related_name="clearing_locks",
                        to="dispatch.campaign",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="ledger.needitem"
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="exchange.offer"
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "item", "offer"), name="locked_once"),
                    models.CheckConstraint(
                        condition=models.Q(("says", "never"), ("quantity__gt", 0), _connector="OR"),
                        name="lock_says_how_much",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfferChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("verb", models.CharField(max_length=12)),
                ("at", models.DateTimeField()),
                ("change", models.JSONField(default=dict)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="exchange.offer"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="OfferImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.CharField(
                        choices=[
                            ("offers", "Offers"),
                            ("orders", "Orders of the pool"),
                            ("makers", "Makers of the pool"),
                            ("chain", "Supplies of the chain map"),
                            ("posts", "Posts of firms"),
                            ("wishes", "People who look for work"),
                        ],
                        default="offers",
                        max_length=8,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("name", models.CharField(max_length=200)),
                ("digest", models.CharField(max_length=64)),
                ("rows", models.JSONField(default=list, help_text="Rows as typed: {row, cells, client_uuid}")),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("bad", models.JSONField(default=list, help_text="Rows that were not taken: {row, cells, faults}")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.campaign"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="offer_imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="PoolMaker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("name", models.CharField(help_text="The firm", max_length=120)),
                ("line", models.CharField(blank=True, max_length=60)),
                ("place", models.CharField(blank=True, max_length=60)),
                ("hours", models.DecimalField(decimal_places=2, help_text="Hours a week", max_digits=8)),
                (
                    "windows",
                    models.JSONField(blank=True, default=list, help_text="[[first day, last day]]; empty: always free"),
                ),
                ("lead", models.PositiveSmallIntegerField(default=0, help_text="Whole weeks before the first piece")),
                (
                    "setup",
                    models.DecimalField(
                        decimal_places=2, default=0, help_text="Hours of setting up for each order", max_digits=8
                    ),
                ),
                ("min_lot", models.PositiveIntegerField(default=0, help_text="Pieces; less of an order is not taken")),
                ("ship_weeks", models.PositiveSmallIntegerField(default=0, help_text="Whole weeks on the way")),
                (
                    "ship_cost",
                    models.DecimalField(decimal_places=4, default=0, help_text="Yuan for each piece", max_digits=10),
                ),
                (
                    "certificate",
                    models.BooleanField(blank=True, help_text="Export certificate; empty: not known", null=True),
                ),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pool_makers", to="dispatch.campaign"
                    ),
                ),
                (
                    "offer",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="pool_maker",
                        to="exchange.offer",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="pool_makers",
                        to="places.site",
                    ),
                ),
            ],
            options={
                "ordering": ["code"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "code"), name="pool_maker_once"),
                    models.CheckConstraint(condition=models.Q(("hours__gt", 0)), name="pool_hours_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("setup__gte", 0), ("ship_cost__gte", 0)), name="pool_costs_not_negative"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Guest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("came", models.BooleanField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="guests",
                        to="exchange.matchmakingevent",
                    ),
                ),
                (
                    "maker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.poolmaker",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [models.UniqueConstraint(fields=("event", "name"), name="guest_once")],
            },
        ),
        migrations.CreateModel(
            name="PoolOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=40)),
                ("product", models.CharField(max_length=80)),
                ("destination", models.CharField(blank=True, max_length=80)),
                ("certificate", models.BooleanField(default=True, help_text="Only makers with an export certificate")),
                ("at_home", models.BooleanField(default=True, help_text="May be made on the firm's own lines")),
                ("quantity", models.PositiveBigIntegerField(help_text="Pieces")),
                ("unit_price", models.DecimalField(decimal_places=4, help_text="Yuan for each piece", max_digits=12)),
                ("release", models.DateField(help_text="First day of making")),
                ("due", models.DateField(help_text="Last day of arrival")),
                ("max_partners", models.PositiveSmallIntegerField(default=3, help_text="Makers who may share it")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pool_orders", to="dispatch.campaign"
                    ),
                ),
                (
                    "need",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="pool_orders",
                        to="ledger.need",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pool_orders", to="places.site"
                    ),
                ),
            ],
            options={
                "ordering": ["due", "code"],
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "code"), name="pool_order_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="pool_quantity_positive"),
                    models.CheckConstraint(condition=models.Q(("unit_price__gte", 0)), name="pool_price_not_negative"),
                    models.CheckConstraint(
                        condition=models.Q(("due__gte", models.F("release"))), name="pool_due_after_release"
                    ),
                    models.CheckConstraint(condition=models.Q(("max_partners__gt", 0)), name="pool_some_partner"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PoolRate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("product", models.CharField(max_length=80)),
                ("per_hour", models.DecimalField(decimal_places=4, max_digits=12)),
                ("price", models.DecimalField(decimal_places=4, default=0, max_digits=12)),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rates", to="exchange.poolmaker"
                    ),
                ),
            ],
            options={
                "ordering": ["maker", "product"],
                "constraints": [
                    models.UniqueConstraint(fields=("maker", "product"), name="pool_rate_once"),
                    models.CheckConstraint(
                        condition=models.Q(("per_hour__gt", 0), ("price__gte", 0)), name="pool_rate_positive"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PoolScenario",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("drop", "A maker drops out"),
                            ("more", "More orders"),
                            ("certificate", "A new certificate"),
                            ("alone", "Without partners"),
                        ],
                        max_length=12,
                    ),
                ),
                ("percent", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("asked_at", models.DateTimeField()),
                ("results", models.JSONField(blank=True, default=dict, help_text="Empty until the job is done")),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
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
                (
                    "maker",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="exchange.poolmaker",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="scenarios", to="exchange.poolplan"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="PoolShare",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("quantity", models.PositiveBigIntegerField()),
                ("reason", models.CharField(blank=True, help_text="Why the engine put it here", max_length=12)),
                ("cheaper", models.PositiveIntegerField(default=0, help_text="Makers who would make it for less")),
                ("locked", models.BooleanField(default=False)),
                ("by_hand", models.BooleanField(default=False)),
                (
                    "maker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="shares", to="exchange.poolmaker"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.RESTRICT, related_name="shares", to="exchange.poolorder"
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="shares", to="exchange.poolplan"
                    ),
                ),
            ],
            options={
                "ordering": ["order__due", "order__code", "maker__code"],
                "constraints": [
                    models.UniqueConstraint(fields=("plan", "order", "maker"), name="pool_share_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gt", 0)), name="pool_share_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PoolDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("quantity", models.PositiveBigIntegerField()),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="exchange.poolshare"
                    ),
                ),
            ],
            options={
                "ordering": ["day", "pk"],
                "constraints": [models.UniqueConstraint(fields=("share", "day"), name="pool_day_once")],
            },
        ),
        migrations.CreateModel(
            name="ProposedMatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                (
                    "quantity",
                    models.DecimalField(decimal_places=2, help_text="In the unit of the need's item", max_digits=16),
                ),
                ("taken", models.DecimalField(decimal_places=2, help_text="In the unit of the offer", max_digits=16)),
                ("cost", models.FloatField(help_text="Points a unit: 0 for what fits in everything")),
                ("kilometres", models.FloatField(blank=True, null=True)),
                (
                    "change",
                    models.CharField(
                        choices=[
                            ("new", "New"),
                            ("more", "More"),
                            ("less", "Less"),
                            ("dropped", "Given back"),
                            ("kept", "As reserved"),
                        ],
                        default="new",
                        max_length=8,
                    ),
                ),
                ("done", models.BooleanField(default=False, help_text="Whether it is published")),
                ("need_version", models.PositiveIntegerField()),
                ("unit", models.CharField(max_length=20)),
                ("left", models.DecimalField(decimal_places=2, help_text="What the item lacked", max_digits=16)),
                ("offer_version", models.PositiveIntegerField()),
                ("free", models.DecimalField(decimal_places=2, help_text="What the offer had free", max_digits=16)),
                ("was_version", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "clearing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="exchange.clearing"
                    ),
                ),
                (
                    "county",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="ledger.needitem"
                    ),
                ),
                (
                    "match",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="proposals",
                        to="exchange.match",
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="exchange.offer"
                    ),
                ),
                (
                    "was",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="exchange.match",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "item", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("clearing", "item", "offer"), name="proposed_once"),
                    models.CheckConstraint(condition=models.Q(("quantity__gte", 0)), name="proposed_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReliefClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=20)),
                ("yuan", models.DecimalField(decimal_places=2, max_digits=16)),
                ("claimed_on", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relief_claims", to="places.site"
                    ),
                ),
            ],
            options={
                "ordering": ["claimed_on", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("site", "rule"), name="relief_claimed_once"),
                    models.CheckConstraint(condition=models.Q(("yuan__gte", 0)), name="relief_claim_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ReliefFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("values", models.JSONField(default=dict)),
                ("at", models.DateTimeField()),
                ("source", models.CharField(blank=True, max_length=200)),
                ("generated", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=1)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "site",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="relief_figures", to="places.site"
                    ),
                ),
            ],
            options={
                "ordering": ["site"],
            },
        ),
        migrations.CreateModel(
            name="ReliefImport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("made_at", models.DateTimeField()),
                ("name", models.CharField(max_length=200)),
                ("columns", models.JSONField(default=list)),
                ("rows", models.JSONField(default=list, help_text="Rows as typed, in the order of the columns")),
                ("first_row", models.PositiveIntegerField(default=2)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("same", models.PositiveIntegerField(default=0)),
                ("bad", models.JSONField(default=list, help_text="Rows that were not taken: {row, faults}")),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="dispatch.campaign"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="relief_imports",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-made_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="SoilSample",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=20, unique=True)),
                ("place", models.CharField(blank=True, help_text="Where in the region", max_length=120)),
                ("lat", models.FloatField(blank=True, null=True)),
                ("lon", models.FloatField(blank=True, null=True)),
                ("depth", models.DecimalField(decimal_places=2, help_text="Metres below the ground", max_digits=5)),
                ("taken_at", models.DateTimeField()),
                ("taken_by", models.CharField(help_text="By role, not by name", max_length=80)),
                ("laboratory", models.CharField(blank=True, max_length=80)),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "No result yet"),
                            ("suitable", "Suitable"),
                            ("conditional", "Suitable after treatment"),
                            ("unsuitable", "Not suitable"),
                        ],
                        max_length=12,
                    ),
                ),
                ("use", models.CharField(blank=True, help_text="For which use it was judged", max_length=120)),
                (
                    "density",
                    models.DecimalField(blank=True, decimal_places=3, help_text="g/cm³, dry", max_digits=5, null=True),
                ),
                (
                    "moisture",
                    models.DecimalField(blank=True, decimal_places=2, help_text="% by mass", max_digits=5, null=True),
                ),
                (
                    "figures",
                    models.JSONField(blank=True, default=list, help_text="Further figures: [name, value, unit]"),
                ),
                ("reported_at", models.DateTimeField(blank=True, null=True)),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("source", models.CharField(blank=True, max_length=120)),
                ("generated", models.BooleanField(default=False)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="soil_samples", to="ledger.need"
                    ),
                ),
                (
                    "offer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="soil_samples",
                        to="exchange.offer",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.region"
                    ),
                ),
            ],
            options={
                "ordering": ["-taken_at", "-pk"],
                "indexes": [models.Index(fields=["offer", "reported_at"], name="sample_by_offer")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("depth__gt", 0)), name="sample_depth_positive"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reported_at", None), ("verdict", "")),
                            models.Q(
                                models.Q(("verdict", ""), _negated=True),
                                ("reported_at__isnull", False),
                                models.Q(("use", ""), _negated=True),
                                models.Q(("laboratory", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="sample_result_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lat", None), ("lon", None)),
                            models.Q(("lat__range", (-90, 90)), ("lon__range", (-180, 180))),
                            _connector="OR",
                        ),
                        name="sample_position_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CustodyStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("giver", models.CharField(max_length=80)),
                ("receiver", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("signed", models.CharField(help_text="Who signed the receipt, by role", max_length=80)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "sample",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="custody", to="exchange.soilsample"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("sample", "number"), name="custody_in_order"),
                    models.CheckConstraint(
                        condition=models.Q(("giver", models.F("receiver")), _negated=True), name="custody_changes_hands"
                    ),
                ],
            },
        ),
    ]
