"""The works room over HTTP: sites, the register, the portfolio, workers who come back and their buses."""

from sijin.works.api import portfolio, projects, returning, shuttles, sites
from sijin.works.api.routes import router

__all__ = ["portfolio", "projects", "returning", "router", "shuttles", "sites"]
