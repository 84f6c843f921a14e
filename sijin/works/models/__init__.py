"""Nouns of the works room, a module for each: site plans, advice, projects, approvals, workers who come back."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.approvals import ApprovalArc, ApprovalStep, PaperPromise
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan
from sijin.works.models.projects import Milestone, Progress, Project, ProjectChange
from sijin.works.models.returning import PickUp, Worker, WorkerChange, WorkerContact, WorkerImport

__all__ = [
    "AdviceCard", "AdviceChange", "AdviceTopic", "ApprovalArc", "ApprovalStep", "Milestone", "PaperPromise", "PickUp",
    "PlanMeasure", "Progress", "Project", "ProjectChange", "SiteContact", "SitePlan", "Worker", "WorkerChange",
    "WorkerContact", "WorkerImport",
]  # fmt: skip
