"""What HTTP may say in the works room, form by form."""

from sijin.works.forms.advice import AdviceForm, FollowUpForm
from sijin.works.forms.projects import (
    ChainForm,
    ExplainForm,
    MonthForm,
    ProjectForm,
    RegisterFilter,
    StartForm,
    StopForm,
)
from sijin.works.forms.sites import ContactForm, FilterForm, MeasureForm, SiteForm, uscc

__all__ = [
    "AdviceForm", "ChainForm", "ContactForm", "ExplainForm", "FilterForm", "FollowUpForm", "MeasureForm", "MonthForm",
    "ProjectForm", "RegisterFilter", "SiteForm", "StartForm", "StopForm", "uscc",
]  # fmt: skip
