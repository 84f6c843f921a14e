"""What HTTP may say in the works room, form by form."""

from sijin.works.forms.advice import AdviceForm, FollowUpForm
from sijin.works.forms.approvals import ActForm, PlanForm, WayForm
from sijin.works.forms.portfolio import DeskForm, LockForm, PortfolioForm, TermsForm, TilesFilter
from sijin.works.forms.projects import (
    ChainForm,
    ExplainForm,
    MonthForm,
    ProjectForm,
    RegisterFilter,
    StartForm,
    StopForm,
    UndoForm,
)
from sijin.works.forms.sites import ContactForm, FilterForm, MeasureForm, SiteForm, uscc

__all__ = [
    "ActForm", "AdviceForm", "ChainForm", "ContactForm", "DeskForm", "ExplainForm", "FilterForm", "FollowUpForm",
    "LockForm", "MeasureForm", "MonthForm", "PlanForm", "PortfolioForm", "ProjectForm", "RegisterFilter", "SiteForm",
    "StartForm", "StopForm", "TermsForm", "TilesFilter", "UndoForm", "WayForm", "uscc",
]  # fmt: skip
