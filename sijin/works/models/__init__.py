"""Nouns of the works room, a module for each: site plans, advice, projects, approvals, the portfolio, sheets."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.approvals import ApprovalArc, ApprovalStep, PaperPromise
from sijin.works.models.imports import RegisterImport
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan
from sijin.works.models.portfolio import Desk, PlannedStep, PortfolioChange, PortfolioPlan, StepLock
from sijin.works.models.projects import Milestone, Progress, Project, ProjectChange

__all__ = [
    "AdviceCard", "AdviceChange", "AdviceTopic", "ApprovalArc", "ApprovalStep", "Desk", "Milestone", "PaperPromise",
    "PlanMeasure", "PlannedStep", "PortfolioChange", "PortfolioPlan", "Progress", "Project", "ProjectChange",
    "RegisterImport", "SiteContact", "SitePlan", "StepLock",
]  # fmt: skip
