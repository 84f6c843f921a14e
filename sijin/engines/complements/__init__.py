"""The complement finder: for a need the offers that can meet it, ranked, with reasons, and why not another.

`Finder(rules, examples).add(offers)`, then `ask(need)` and `why_not(need, key)`. Pure; it keeps everything in memory.
"""

from sijin.engines.complements.finder import Finder
from sijin.engines.complements.history import NEUTRAL, History
from sijin.engines.complements.problem import (
    UNSAID,
    Check,
    Fault,
    Hit,
    Need,
    Offer,
    Reason,
    Traits,
    Verdict,
    validate,
)
from sijin.engines.complements.rules import Faulty, Kind, Rules, read

__all__ = [
    "NEUTRAL",
    "UNSAID",
    "Check",
    "Fault",
    "Faulty",
    "Finder",
    "History",
    "Hit",
    "Kind",
    "Need",
    "Offer",
    "Reason",
    "Rules",
    "Traits",
    "Verdict",
    "read",
    "validate",
]
