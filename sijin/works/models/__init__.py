"""Nouns of the works room, a module for each: plans, projects, approvals, portfolio, workers, buses, village works."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.approvals import ApprovalArc, ApprovalStep, PaperPromise
from sijin.works.models.fleet import Bus, FleetImport, TravelTable
from sijin.works.models.imports import RegisterImport, WorkerImport
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan
from sijin.works.models.portfolio import Desk, PlannedStep, PortfolioChange, PortfolioPlan, StepLock
from sijin.works.models.projects import Milestone, Progress, Project, ProjectChange
from sijin.works.models.returning import PickUp, Worker, WorkerChange, WorkerContact
from sijin.works.models.shuttles import Shuttle, ShuttleChange, ShuttleSeat, ShuttleStop, ShuttleTrip
from sijin.works.models.village import (
    Booking,
    Lead,
    LeadChange,
    LeadContact,
    Venue,
    VenueSlot,
    VillageWork,
    WorkChange,
    WorkFile,
    WorkStage,
)

__all__ = [
    "AdviceCard", "AdviceChange", "AdviceTopic", "ApprovalArc", "ApprovalStep", "Booking", "Bus", "Desk",
    "FleetImport", "Lead", "LeadChange", "LeadContact", "Milestone", "PaperPromise", "PickUp", "PlanMeasure",
    "PlannedStep", "PortfolioChange", "PortfolioPlan", "Progress", "Project", "ProjectChange", "RegisterImport",
    "Shuttle", "ShuttleChange", "ShuttleSeat", "ShuttleStop", "ShuttleTrip", "SiteContact", "SitePlan", "StepLock",
    "TravelTable", "Venue", "VenueSlot", "VillageWork", "WorkChange", "WorkFile", "WorkStage", "Worker",
    "WorkerChange", "WorkerContact", "WorkerImport",
]  # fmt: skip
