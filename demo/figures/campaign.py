"""Rows 1 to 4: the campaign, its teams and people, the arrival."""

from datetime import date
from statistics import mean

from django.db.models import Count, Min, QuerySet
from django.utils import timezone

from demo.figures.figure import Figure, campaign, office
from sijin.dispatch.models import Campaign, Membership, Team
from sijin.people.policy import visible
from sijin.visits.models import Visit


def _teams(**level: str) -> QuerySet[Team]:
    return visible(office(), Team).filter(campaign=campaign(), **level).annotate(n=Count("memberships"))


def _people(**level: str) -> str:
    return str(Membership.objects.filter(team__in=visible(office(), Team).filter(campaign=campaign(), **level)).count())


def _short_seats() -> str:
    return str(sum(max(0, team.size_wanted - team.n) for team in _teams(level="city")))


def _arrival() -> str:
    first = visible(office(), Visit).filter(team__level="province").aggregate(first=Min("at"))["first"]
    return timezone.localtime(first).date().isoformat() if first else "none"


def _without_a_member(level: str) -> object:
    return Membership.objects.filter(team__level=level, leads=False).first().delete()


def _turned_to(level: str) -> object:
    return Team.objects.filter(pk=Team.objects.exclude(level=level).first().pk).update(level=level)


def _moved(**change: object) -> object:
    return Campaign.objects.update(**change)


FIGURES = [
    Figure(1, "start of the campaign", "2020-03-04", lambda: campaign().start.isoformat(),
           lambda: _moved(start=date(2020, 3, 5))),
    Figure(1, "day number on 2020-05-26", "84", lambda: str(campaign().day()), lambda: _moved(start=date(2020, 3, 5))),
    Figure(1, "doors, in order", "enterprise project village community", lambda: " ".join(campaign().doors),
           lambda: _moved(doors=["enterprise", "project", "village"])),
    Figure(2, "provincial teams", "7", lambda: str(_teams(level="province").count()), lambda: _turned_to("city")),
    Figure(2, "people in provincial teams", "35", lambda: _people(level="province"),
           lambda: _without_a_member("province")),
    Figure(2, "people in each provincial team", "5",
           lambda: " ".join(map(str, sorted({team.n for team in _teams(level="province")}))),
           lambda: _without_a_member("province")),
    Figure(3, "city teams", "490", lambda: str(_teams(level="city").count()), lambda: _turned_to("province")),
    Figure(3, "people in city teams", "2400", lambda: _people(level="city"), lambda: _without_a_member("city")),
    Figure(3, "mean size of a city team", "4.898", lambda: f"{mean(team.n for team in _teams(level='city')):.3f}",
           lambda: _without_a_member("city")),
    Figure(3, "seats short of five a city team", "50", _short_seats, lambda: _without_a_member("city")),
    Figure(3, "teams in all", "497", lambda: str(_teams().count()),
           lambda: Team.objects.create(campaign=campaign(), number="x", name="x", level="city")),
    Figure(3, "people in all", "2435", _people, lambda: _without_a_member("city")),
    Figure(4, "provincial teams arrive", "2020-03-05", _arrival,
           lambda: Visit.objects.filter(at__date="2020-03-05").delete()),
]  # fmt: skip
