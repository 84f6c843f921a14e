"""What HTTP may say in the exchange, form by form."""

from sijin.exchange.forms.choices import places
from sijin.exchange.forms.clearings import ClearingForm, FixForm, LinkForm, PublishForm
from sijin.exchange.forms.employment import ContactForm, JobVerdictForm, PostForm, RunForm, WishForm
from sijin.exchange.forms.experts import AssignForm, ComeForm, ExpertFilterForm
from sijin.exchange.forms.matches import AgreementForm, DeliveryForm, EventForm, JudgeForm, ReserveForm, StepForm
from sijin.exchange.forms.offers import FilterForm, OfferForm, SheetForm
from sijin.exchange.forms.pool import PoolForm, PoolMakerForm, PoolOrderForm, ScenarioForm
from sijin.exchange.forms.relief import DayForm, FiguresForm, FirmsForm
from sijin.exchange.forms.soil import CustodyForm, ResultForm, SampleForm

__all__ = [
    "AgreementForm",
    "AssignForm",
    "ClearingForm",
    "ComeForm",
    "ContactForm",
    "CustodyForm",
    "DayForm",
    "DeliveryForm",
    "EventForm",
    "ExpertFilterForm",
    "FiguresForm",
    "FilterForm",
    "FirmsForm",
    "FixForm",
    "JobVerdictForm",
    "JudgeForm",
    "LinkForm",
    "OfferForm",
    "PoolForm",
    "PoolMakerForm",
    "PoolOrderForm",
    "PostForm",
    "PublishForm",
    "ReserveForm",
    "ResultForm",
    "RunForm",
    "SampleForm",
    "ScenarioForm",
    "SheetForm",
    "StepForm",
    "WishForm",
    "places",
]
