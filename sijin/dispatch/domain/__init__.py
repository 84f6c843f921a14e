"""Verbs and reads of the dispatch, one module per noun. `checks` is here for those who only want the rule check."""

from sijin.dispatch.domain.findings import Checks, Finding, checks

__all__ = ["Checks", "Finding", "checks"]
