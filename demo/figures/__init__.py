"""The report's figures beside the computed ones; each computed figure is the query or the engine that a page uses.

A figure also knows how to take one row away from under itself, so that a test can see it change: what is read from
rows changes with them, what was typed would not.
"""

from typing import Any

from demo.figures import (
    approvals,
    briefing,
    campaign,
    chain,
    dispatch,
    employment,
    exchange,
    experts,
    field,
    ledger,
    pool,
    projects,
    returning,
    shuttles,
    soil,
    village,
)
from demo.figures.figure import Figure

FIGURES: list[Figure] = [
    *campaign.FIGURES, *dispatch.FIGURES, *ledger.FIGURES, *exchange.FIGURES, *pool.FIGURES, *chain.FIGURES,
    *experts.FIGURES, *soil.FIGURES, *employment.FIGURES, *projects.FIGURES, *approvals.FIGURES,
    *field.FIGURES, *returning.FIGURES, *shuttles.FIGURES, *village.FIGURES, *briefing.FIGURES,
]  # fmt: skip

# Rows of the acceptance table whose rooms are not built yet, with the room that will carry them.
LEFT: dict[int, str] = {
    28: "汇 burden ledger",
    30: "户 workbook",
    31: "户 health-code register",
    32: "户 screening",
    34: "汇 case library",
    37: "汇 text intake",
}


def compare() -> list[dict[str, Any]]:
    """Return [{row, what, report, computed, equal}] for every figure that the rooms built so far can carry."""
    found = []
    for figure in sorted(FIGURES, key=lambda figure: figure.row):
        computed = figure.compute()
        found.append(
            {
                "row": figure.row,
                "what": figure.what,
                "report": figure.report,
                "computed": computed,
                "equal": computed == figure.report,
            }
        )
    return found
