"""Several rows chosen by their keys, as a form field."""

from typing import Any

from django import forms


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows by key; a key that no column could hold is no choice, where Django would let the database break."""

    def clean(self, value: Any) -> Any:
        """Return the rows; ValidationError names a key that is not among the choices."""
        try:
            return super().clean(value)
        except OverflowError as error:
            raise forms.ValidationError(
                self.error_messages["invalid_choice"], code="invalid_choice", params={"value": value}
            ) from error
