"""Nouns of the works room, a module for each: site plans, advice, projects, approvals, workers, buses, shuttles."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.approvals import ApprovalArc, ApprovalStep, PaperPromise
from sijin.works.models.fleet import Bus, FleetImport, TravelTable
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan
from sijin.works.models.projects import Milestone, Progress, Project, ProjectChange
from sijin.works.models.returning import PickUp, Worker, WorkerChange, WorkerContact, WorkerImport
from sijin.works.models.shuttles import Shuttle, ShuttleChange, ShuttleSeat, ShuttleStop, ShuttleTrip

__all__ = [
    "AdviceCard", "AdviceChange", "AdviceTopic", "ApprovalArc", "ApprovalStep", "Bus", "FleetImport", "Milestone",
    "PaperPromise", "PickUp", "PlanMeasure", "Progress", "Project", "ProjectChange", "Shuttle", "ShuttleChange",
    "ShuttleSeat", "ShuttleStop", "ShuttleTrip", "SiteContact", "SitePlan", "TravelTable", "Worker", "WorkerChange",
    "WorkerContact", "WorkerImport",
]  # fmt: skip
