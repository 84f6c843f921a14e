"""The exchange over HTTP: offers and matches, clearings, complements."""

from sijin.exchange.api import clearings, complements, matches
from sijin.exchange.api.routes import router

__all__ = ["clearings", "complements", "matches", "router"]
