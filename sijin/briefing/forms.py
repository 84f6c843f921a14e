"""What HTTP may say about issuing a brief."""

from django import forms
from django.utils.translation import gettext_lazy as _


class IssueForm(forms.Form):
    """The day of the brief and, for a correction, its reason."""

    date = forms.DateField(
        label=_("Day of the brief"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    reason = forms.CharField(
        label=_("Reason for a correction"),
        max_length=300,
        required=False,
        help_text=_("Only when the day was issued before"),
    )
