"""The exchange over HTTP: offers and matches, clearings, complements, posts and people."""

from sijin.exchange.api import clearings, complements, employment, matches
from sijin.exchange.api.routes import router

__all__ = ["clearings", "complements", "employment", "matches", "router"]
