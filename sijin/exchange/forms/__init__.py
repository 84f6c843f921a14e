"""What HTTP may say in the exchange, form by form."""

from sijin.exchange.forms.choices import places
from sijin.exchange.forms.clearings import ClearingForm, FixForm, LinkForm, PublishForm
from sijin.exchange.forms.employment import ContactForm, JobVerdictForm, PostForm, RunForm, WishForm
from sijin.exchange.forms.matches import AgreementForm, DeliveryForm, EventForm, JudgeForm, ReserveForm, StepForm
from sijin.exchange.forms.offers import FilterForm, OfferForm, SheetForm
from sijin.exchange.forms.pool import PoolForm, PoolOrderForm, ScenarioForm
from sijin.exchange.forms.relief import DayForm, FiguresForm, FirmsForm

__all__ = [
    "AgreementForm",
    "ClearingForm",
    "ContactForm",
    "DayForm",
    "DeliveryForm",
    "EventForm",
    "FiguresForm",
    "FilterForm",
    "FirmsForm",
    "FixForm",
    "JobVerdictForm",
    "JudgeForm",
    "LinkForm",
    "OfferForm",
    "PoolForm",
    "PoolOrderForm",
    "PostForm",
    "PublishForm",
    "ReserveForm",
    "RunForm",
    "ScenarioForm",
    "SheetForm",
    "StepForm",
    "WishForm",
    "places",
]
