"""The catalogue of ways (`approvals.yaml`), and a project's own way laid out from one."""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from sijin.people.models import Account
from sijin.people.refusals import RuleBroken
from sijin.works.domain.projects import register
from sijin.works.models import ApprovalArc, ApprovalStep, Project

DEFAULT = "nine"


@cache
def catalogue() -> dict[str, Any]:
    """Return the stages and the ways.

    Raises
    ------
    ValueError
        A step waits for one that is not of its way, is named twice, or has no name; the way and the step are named.
    """
    path = Path(__file__).parents[2] / "approvals.yaml"
    data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for way, told in data["ways"].items():
        codes = [step["code"] for step in told["steps"]]
        for step in told["steps"]:
            if codes.count(step["code"]) > 1 or not step.get("name"):
                raise ValueError(f"approvals.yaml, {way}, {step['code']}: expected one step of this code, with a name")
            if lost := [name for name, _wait in waits(step) if name not in codes]:
                raise ValueError(f"approvals.yaml, {way}, {step['code']}, waits: there is no step {lost[0]}")
    return data


def waits(step: dict[str, Any]) -> list[tuple[str, str]]:
    """Return (code, how) of what a step of the catalogue waits for."""
    pairs = [str(told).partition(":") for told in step.get("waits", [])]
    return [(code, how or ApprovalArc.Wait.HARD) for code, _colon, how in pairs]


def stage_name(number: int) -> str:
    """Return what a stage is called."""
    stages: list[str] = catalogue()["stages"]
    return stages[number - 1] if 0 < number <= len(stages) else str(number)


@transaction.atomic
def lay_out(
    by: Account, project: Project, way: str = DEFAULT, *, version: int | None, at: datetime
) -> list[ApprovalStep]:
    """Give a project the steps of a way of the catalogue; once, and each can be changed afterwards."""
    project = register.locked(by, project, version)
    if way not in catalogue()["ways"]:
        names = "、".join(catalogue()["ways"])
        raise RuleBroken(_("There is no such way: one of %(names)s.") % {"names": names}, field="way")
    if project.steps.exists():
        raise RuleBroken(_("Its approvals are laid out already."))
    told = catalogue()["ways"][way]
    made = {}
    for number, step in enumerate(told["steps"], start=1):
        fields = {
            name: step[name] for name in ("kind", "desk", "days", "pause", "pause_days", "convert") if name in step
        }
        source = f"{told['source']}（{step['mark']}）"[:160]
        made[step["code"]] = ApprovalStep(
            project=project, code=step["code"], number=number, stage=step["stage"], name=step["name"], source=source,
            **fields,
        )  # fmt: skip
    rows = ApprovalStep.objects.bulk_create(made.values())
    ApprovalArc.objects.bulk_create(
        ApprovalArc(before=made[before], after=made[step["code"]], wait=how)
        for step in told["steps"]
        for before, how in waits(step)
    )
    register.log(project, "way", by, at, {"way": [None, way]})
    return rows
