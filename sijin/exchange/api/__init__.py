"""The exchange over HTTP: offers and matches, clearings, complements, posts and people, the pool's plans, relief."""

from sijin.exchange.api import clearings, complements, employment, matches, pool, relief
from sijin.exchange.api.routes import router

__all__ = ["clearings", "complements", "employment", "matches", "pool", "relief", "router"]
