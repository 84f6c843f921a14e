"""Nouns of the works room, a module for each: site plans, advice, projects."""

from sijin.works.models.advice import AdviceCard, AdviceChange, AdviceTopic
from sijin.works.models.plans import PlanMeasure, SiteContact, SitePlan

__all__ = ["AdviceCard", "AdviceChange", "AdviceTopic", "PlanMeasure", "SiteContact", "SitePlan"]
