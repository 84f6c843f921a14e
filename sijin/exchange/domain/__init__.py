"""Verbs and reads of the exchange, one module per noun; the verbs of a match stand here too, as others call them."""

from sijin.exchange.domain.matches import STEPS, confirm, expire, reserve, step

__all__ = ["STEPS", "confirm", "expire", "reserve", "step"]
