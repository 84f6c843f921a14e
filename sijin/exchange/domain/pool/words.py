"""The pool in words: why a maker may not make an order, why an order is late, what speaks for a partner."""

from django.utils.translation import gettext as _


def barred_words(code: str) -> str:
    """Return why a maker may not make an order."""
    return {
        "product": _("does not make it"),
        "certificate": _("no export certificate"),
        "certificate_unknown": _("export certificate not known"),
        "no_capacity": _("has no capacity to spare"),
        "not_complementary": _("has the same to give and to seek"),
        "given_away": _("the firm gives this order away"),
        "alone": _("another firm's line"),
        "time": _("cannot begin and deliver in time"),
    }.get(code, code)
