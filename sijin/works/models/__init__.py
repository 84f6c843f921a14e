"""Nouns of the works room, a module for each: site plans, advice, projects."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.approvals import ApprovalArc, ApprovalStep, PaperPromise
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan
from sijin.works.models.projects import Milestone, Progress, Project, ProjectChange

__all__ = [
    "AdviceCard", "AdviceChange", "AdviceTopic", "ApprovalArc", "ApprovalStep", "Milestone", "PaperPromise",
    "PlanMeasure", "Progress", "Project", "ProjectChange", "SiteContact", "SitePlan",
]  # fmt: skip
