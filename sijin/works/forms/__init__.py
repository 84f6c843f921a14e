"""What HTTP may say in the works room, form by form."""

from sijin.works.forms.advice import AdviceForm, FollowUpForm
from sijin.works.forms.approvals import ActForm, PlanForm, WayForm
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
    "ActForm", "AdviceForm", "ArrivedForm", "ChainForm", "ContactForm", "ExplainForm", "FilterForm", "FollowUpForm",
    "MeasureForm", "MessageForm", "MonthForm", "PinForm", "PlanForm", "ProjectForm", "RegisterFilter",
    "ReturningFilter", "SiteForm", "StartForm", "StopForm", "TalkForm", "UndoForm", "WayForm", "WorkerForm", "uscc",
]  # fmt: skip
