"""What HTTP may say in the works room, form by form."""

from sijin.works.forms.advice import AdviceForm, FollowUpForm
from sijin.works.forms.approvals import ActForm, PlanForm, StepForm, WayForm
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
from sijin.works.forms.returning import ArrivedForm, MessageForm, PinForm, ReturningFilter, TalkForm, WorkerForm
from sijin.works.forms.sites import ContactForm, FilterForm, MeasureForm, SiteForm, uscc

__all__ = [
    "ActForm", "AdviceForm", "ArrivedForm", "ChainForm", "ContactForm", "DeskForm", "ExplainForm", "FilterForm",
    "FollowUpForm", "LockForm", "MeasureForm", "MessageForm", "MonthForm", "PinForm", "PlanForm", "PortfolioForm",
    "ProjectForm", "RegisterFilter", "ReturningFilter", "SiteForm", "StartForm", "StepForm", "StopForm", "TalkForm",
    "TermsForm", "TilesFilter", "UndoForm", "WayForm", "WorkerForm", "uscc",
]  # fmt: skip
