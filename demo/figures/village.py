"""Rows 24, 26 and 27: the heritage site's stages, the sewage village's flow and design, shows and leads at 五家疃."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

from django.db import transaction
from django.db.models import F

from demo.figures.figure import Figure, campaign, office
from sijin.people.refusals import RuleBroken
from sijin.places.models import Region
from sijin.works.domain.village import leads, papers, reads, shows, works
from sijin.works.domain.village.playbooks import book
from sijin.works.models import Booking, Lead, VillageWork, WorkFile, WorkStage

DESIGN = "设计方案"


def _named(playbook: str) -> VillageWork:
    return next(work for work in reads.listed(office(), reads.Wanted(playbook=playbook)) if not work.generated)


def _stages(playbook: str) -> list[WorkStage]:
    return list(_named(playbook).stages.all())


def _first(work: VillageWork, code: str) -> WorkStage:
    return work.stages.get(code=code)


def _refused() -> str:
    """Try to tick the opening as the office would, and return what it is told must come first (it changes nothing)."""
    at = campaign().now()
    try:
        with transaction.atomic():
            works.tick(office(), _first(_named("heritage"), "opening"), on=at.date(), version=None, at=at)
            transaction.set_rollback(True)
    except RuleBroken as refusal:
        return str(refusal.facts.get("before", refusal))
    return "ticked"


def _flow() -> str:
    work, told = _named("sewage"), book("sewage")
    stage = told.stage("sizing") if told else None
    return next(one.text for one in reads.sums(work, stage) if one.code == "flow") if stage else ""


def _by_hand() -> str:
    """Work the flow out of the stored answers, apart from the playbook's own sums."""
    given = reads.answered(_named("sewage"))
    people, sizing = Decimal(str(given["survey"]["people"])), given["sizing"]
    litres = people * Decimal(str(sizing["quota"])) * Decimal(str(sizing.get("coefficient", 0)))
    return f"{litres / 1000:.1f} m³/日"


def _versions() -> str:
    paper = next(one for one in papers.papers(_named("sewage")) if one.name == DESIGN)
    rows = sorted(paper.versions, key=lambda file: file.number)
    kept = len({file.sha256 for file in rows}) == len(rows) and not any(papers.fault(file) for file in rows)
    return " ".join(str(file.number) for file in rows) if kept else "not what was uploaded"


def _at(stage: str) -> str:
    columns, _shelved = leads.board(office())
    return "、".join(sorted(lead.firm for column in columns if column.stage == stage for lead in column.leads))


def _shows() -> list[Booking]:
    return list(shows.listed(office()))


def _overlaps() -> str:
    """Return how many of the shows begin before the one before them at the venue has ended, of how many."""
    rows = sorted(_shows(), key=lambda show: (show.venue_id, show.begins_at))
    return str(sum(a.venue_id == b.venue_id and b.begins_at < a.ends_at for a, b in pairwise(rows)))


def _twice() -> str:
    """Try to book a show while another is on, and return which it is told of (it changes nothing)."""
    show = _shows()[0]
    begins, ends = show.begins_at + timedelta(minutes=30), show.ends_at + timedelta(minutes=30)
    try:
        with transaction.atomic():
            shows.book(office(), show.venue, "同时演出", begins, ends, at=campaign().now())
            transaction.set_rollback(True)
    except RuleBroken as refusal:
        return f"refused for {Booking.objects.get(pk=refusal.facts['other']).title}"
    return "booked"


def _place() -> str:
    region = _shows()[0].venue.region
    above = region.parent.name if region.parent else ""
    return f"{region.system}: {region.name}，{above}"


def _in_the_list() -> str:
    return str(Region.objects.filter(system="nbs", name__contains="五家疃").count())


def _add_to_the_list() -> object:
    return Region.objects.filter(name__contains="五家疃").update(system="nbs")


FIGURES = [
    Figure(24, "stages of the heritage site, in order", "修复 资料 布展方案 开放",
           lambda: " ".join(stage.name for stage in _stages("heritage")),
           lambda: _first(_named("heritage"), "material").delete()),
    Figure(24, "who answers for it", "省派威海中共山东省委宣传部工作组", lambda: str(_named("heritage").team),
           lambda: VillageWork.objects.filter(pk=_named("heritage").pk).update(team=None)),
    Figure(24, "what the opening waits for", "修复、资料、布展方案", _refused,
           lambda: _first(_named("heritage"), "exhibition").delete()),
    Figure(26, "flow with its formula", "380 人 × 80 L/(人·日) × 0.8 = 24.3 m³/日", _flow,
           lambda: WorkStage.objects.filter(pk=_first(_named("sewage"), "survey").pk).update(answers={"people": 400})),
    Figure(26, "flow worked out of the stored answers by hand", "24.3 m³/日", _by_hand,
           lambda: WorkStage.objects.filter(pk=_first(_named("sewage"), "sizing").pk).update(answers={"quota": 90})),
    Figure(26, "versions of the design, each what was uploaded", "1 2", _versions,
           lambda: WorkFile.objects.filter(work=_named("sewage"), name=DESIGN, number=2).update(sha256="0" * 64)),
    Figure(26, "code of the village", "371082101276", lambda: _named("sewage").region.code,
           lambda: VillageWork.objects.filter(pk=_named("sewage").pk).update(region=_named("heritage").region)),
    Figure(27, "leads at 考察", "青岛朴宿文旅集团、鲁商乡村发展集团", lambda: _at(Lead.Stage.VISIT),
           lambda: Lead.objects.filter(firm__startswith="鲁商").update(stage=Lead.Stage.TALKS)),
    Figure(27, "shows that overlap another at their venue", "0", _overlaps,
           lambda: Booking.objects.filter(pk=_shows()[0].pk).update(ends_at=F("ends_at") + timedelta(days=2))),
    Figure(27, "a second show at the same time", "refused for 胶东大鼓专场", _twice,
           lambda: Booking.objects.filter(pk=_shows()[0].pk).update(title="另一场")),
    Figure(27, "where it is: a place of the user's own, under its street office", "user: 五家疃村，嵩山街道", _place,
           _add_to_the_list),
    Figure(27, "五家疃 in the list of divisions of 2023", "0", _in_the_list, _add_to_the_list),
]  # fmt: skip
