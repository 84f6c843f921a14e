"""What a firm is owed by the relief rules of a day: which apply, how much, by when, and why the others do not.

`assess` takes a table of firms (any number) and computes in whole fen; `assess_one` takes one firm, computes in Decimal
and names every product. Both interpret the same rules, which are data, and agree to the fen. Rounding is half up, to
the fen, for each month (or filed period) and each rate on its own, as a bill is made out. What is not known is said,
never guessed.
"""

from sijin.engines.relief.cells import Fault, Faulty
from sijin.engines.relief.fields import FIELDS, Field, Kind
from sijin.engines.relief.firm import Firm, Line, Step, assess_one, scale_of
from sijin.engines.relief.rules import Condition, Formula, Rule, RuleBook, Sector, rules_from
from sijin.engines.relief.table import assess, examine

__all__ = [
    "FIELDS",
    "Condition",
    "Fault",
    "Faulty",
    "Field",
    "Firm",
    "Formula",
    "Kind",
    "Line",
    "Rule",
    "RuleBook",
    "Sector",
    "Step",
    "assess",
    "assess_one",
    "examine",
    "rules_from",
    "scale_of",
]
