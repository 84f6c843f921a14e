"""The works room over HTTP: sites, the project register with milestones and approvals, plans of the portfolio."""

from sijin.works.api import portfolio, projects, sites
from sijin.works.api.routes import router

__all__ = ["portfolio", "projects", "router", "sites"]
