"""Campaigns, teams, memberships and postings; drafts of a dispatch, the log of its changes, imported rosters."""

from datetime import date, datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sijin.people.models import Account, Job, Official, Unit
from sijin.places.models import Region, Site


class Campaign(models.Model):
    """One run: start, end, doors, rule profile. A replayed campaign stands still at its cut-off."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    start = models.DateField()
    end = models.DateField(null=True, blank=True)
    doors = models.JSONField(default=list)
    profile = models.CharField(max_length=60, default="shandong-sijin-2020", help_text=_("Deadlines of needs"))
    team_rules = models.CharField(
        max_length=60, default="shandong-sijin-2020", help_text=_("Size and make-up of teams")
    )
    chosen = models.JSONField(
        default=dict, blank=True, help_text=_("Rules of the dispatch that the office set otherwise than the profile")
    )
    cutoff = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-start"]

    def __str__(self) -> str:
        return self.name

    def now(self) -> datetime:
        """Return the campaign's present: its cut-off when it is replayed, else the clock's time."""
        return self.cutoff or timezone.now()

    def sent_on(self) -> date:
        """Return the day for which people are asked whether they are free: today, before the start the first day."""
        return max(self.start, timezone.localtime(self.now()).date())

    def day(self, at: datetime | None = None) -> int:
        """Return the number of the day, the day of the start being 1."""
        return (timezone.localtime(at or self.now()).date() - self.start).days + 1


class Team(models.Model):
    """A work group."""

    class Level(models.TextChoices):
        PROVINCE = "province", _("Provincial team")
        CITY = "city", _("City team")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="teams")
    number = models.CharField(max_length=20)
    name = models.CharField(max_length=120)
    level = models.CharField(max_length=8, choices=Level.choices)
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="teams")
    size_wanted = models.PositiveSmallIntegerField(default=5)
    skills = models.JSONField(default=list, blank=True, help_text=_("Wanted whatever its sites want"))
    county = models.ForeignKey(Region, models.PROTECT, null=True, blank=True, related_name="teams")
    lat = models.FloatField(null=True, blank=True, help_text=_("Base, in degrees; empty until a plan finds one"))
    lon = models.FloatField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["campaign", "number"], name="team_number_once")]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """An official in a team, as leader or member."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    official = models.ForeignKey(Official, models.PROTECT, related_name="memberships")
    leads = models.BooleanField(default=False)
    skill = models.CharField(max_length=40, blank=True, help_text=_("The wanted skill whose seat this is"))
    kilometres = models.FloatField(null=True, blank=True, help_text=_("From home to the team's base"))
    why = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by_hand = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "official"], name="member_once"),
            models.UniqueConstraint(fields=["team"], condition=models.Q(leads=True), name="one_leader"),
        ]


class Posting(models.Model):
    """A team is responsible for a site."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="postings")
    site = models.ForeignKey(Site, models.PROTECT, related_name="postings")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)
    kilometres = models.FloatField(default=0)
    why = models.JSONField(default=dict, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    by_hand = models.BooleanField(default=False)
    locked = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["site"], condition=models.Q(until=None), name="one_team_per_site")
        ]


class Tie(models.Model):
    """People, or units with all their people, who go together or are kept apart, and why."""

    class Kind(models.TextChoices):
        TOGETHER = "together", _("in one team")
        APART = "apart", _("in different teams")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="ties")
    code = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    reason = models.CharField(max_length=120)

    class Meta:
        ordering = ["code"]
        constraints = [models.UniqueConstraint(fields=["campaign", "code"], name="tie_once")]

    def __str__(self) -> str:
        return self.code


class Tied(models.Model):
    """One official or one unit of a tie."""

    tie = models.ForeignKey(Tie, models.CASCADE, related_name="tied")
    official = models.ForeignKey(Official, models.CASCADE, null=True, blank=True, related_name="ties")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="ties")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(official=None, unit__isnull=False) | models.Q(official__isnull=False, unit=None),
                name="tied_person_or_unit",
            ),
            models.UniqueConstraint(fields=["tie", "official"], name="tied_once"),
            models.UniqueConstraint(fields=["tie", "unit"], name="tied_unit_once"),
        ]


class DispatchPlan(models.Model):
    """A solved assignment with its proof. A draft changes nothing until the office approves it."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        APPROVED = "approved", _("Approved")
        DISCARDED = "discarded", _("Discarded")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="plans")
    made_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    after_change = models.PositiveBigIntegerField(default=0, help_text=_("The last change that the plan knew of"))
    cost = models.FloatField()
    bound = models.FloatField()
    gap = models.FloatField()
    seconds = models.FloatField()
    seed = models.PositiveIntegerField(default=0)
    parts = models.JSONField(default=dict)
    measures = models.JSONField(default=dict)
    warnings = models.JSONField(default=list)
    bases = models.JSONField(default=list, help_text=_("[team, lat, lon, load] of every team"))
    approved_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    time_limit = models.FloatField(null=True, blank=True, help_text=_("Seconds that the solver might search"))
    change_price = models.FloatField(null=True, blank=True, help_text=_("Price of one change, in km-equivalents"))
    taken = models.JSONField(null=True, blank=True, help_text=_("How much of it was approved, when not all was"))
    shadow = models.JSONField(default=list, blank=True, help_text=_("[skill, county, price] of one more holder"))

    class Meta:
        ordering = ["-made_at", "-pk"]

    @property
    def gap_percent(self) -> float:
        """The proven gap in percent."""
        return 100 * self.gap


class PlannedSeat(models.Model):
    """An official's seat in a plan."""

    plan = models.ForeignKey(DispatchPlan, models.CASCADE, related_name="seats")
    official = models.ForeignKey(Official, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    leads = models.BooleanField(default=False)
    skill = models.CharField(max_length=40, blank=True)
    kilometres = models.FloatField(null=True, blank=True)
    why = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "official"], name="one_planned_seat")]


class PlannedPosting(models.Model):
    """A site's team in a plan."""

    plan = models.ForeignKey(DispatchPlan, models.CASCADE, related_name="postings")
    site = models.ForeignKey(Site, models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    kilometres = models.FloatField(default=0)
    why = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["plan", "site"], name="one_planned_team")]


class DispatchChange(models.Model):
    """One change of who goes where, by hand or by an approved plan; the last one can be undone."""

    class Kind(models.TextChoices):
        MOVE_OFFICIAL = "move_official", _("Moved a person")
        MOVE_SITE = "move_site", _("Moved a site")
        LOCK = "lock", _("Locked")
        UNLOCK = "unlock", _("Unlocked")
        APPROVE = "approve", _("Approved a plan")
        IMPORT = "import", _("Imported a roster")
        RULES = "rules", _("Set the rules")
        TIES = "ties", _("Changed a tie")
        UNDO = "undo", _("Undid the last change")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="dispatch_changes")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    kind = models.CharField(max_length=16, choices=Kind.choices)
    subject = models.CharField(max_length=160, blank=True)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    undone = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]


class WhatIf(models.Model):
    """A question to the solver: what would other people, sites or rules bring? Nothing of the campaign is touched."""

    class Kind(models.TextChoices):
        SCENARIOS = "scenarios", _("Scenarios side by side")
        ONE_MORE = "one_more", _("Which skill to ask for")

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="what_ifs")
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.SCENARIOS)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    scenarios = models.JSONField(default=list)
    seconds = models.FloatField(default=10)
    from_scratch = models.BooleanField(default=False)
    seed = models.PositiveIntegerField(default=1)
    job = models.ForeignKey(Job, models.SET_NULL, null=True, blank=True, related_name="+")
    results = models.JSONField(default=dict, blank=True, help_text=_("Empty until the job is done"))

    class Meta:
        ordering = ["-pk"]


class Publication(models.Model):
    """The dispatch as its members were told it: what ran then, whom it was told, whose accounts were made for it."""

    campaign = models.ForeignKey(Campaign, models.CASCADE, related_name="publications")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    snapshot = models.JSONField(default=dict, help_text=_("Seats by official and teams by site, as they were told"))
    told = models.PositiveIntegerField(default=0)
    changed_roles = models.PositiveIntegerField(default=0)
    made = models.JSONField(default=list, blank=True, help_text=_("Keys of the accounts that were made"))
    fetched_at = models.DateTimeField(null=True, blank=True, help_text=_("When their first passwords were given"))
    fetched_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-pk"]


class RosterImport(models.Model):
    """A workbook that was handed in: read, previewed, applied; the rows that could not be taken come back in a file."""

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Previewed")
        APPLIED = "applied", _("Applied")

    campaign = models.ForeignKey(Campaign, models.CASCADE, null=True, blank=True, related_name="imports")
    by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    name = models.CharField(max_length=200)
    file = models.FileField(upload_to="rosters/%Y/%m/")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PREVIEWED)
    summary = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    rejected = models.FileField(upload_to="rosters/%Y/%m/", blank=True)

    class Meta:
        ordering = ["-pk"]
