"""What HTTP may say in the works room, form by form."""

from sijin.works.forms.advice import AdviceForm, FollowUpForm
from sijin.works.forms.sites import ContactForm, FilterForm, MeasureForm, SiteForm, uscc

__all__ = ["AdviceForm", "ContactForm", "FilterForm", "FollowUpForm", "MeasureForm", "SiteForm", "uscc"]
