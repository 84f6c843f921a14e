"""What may be known of a firm, field by field: the columns of a table of firms and what each may hold.

A *series* is a yuan amount of each month. It is given month by month (`electricity_2020_02`), or in one column of its
own name when every month is alike; a month's own column goes before the common one. Sales may also be given by quarter
(`sales_2020_q2`). A missing column, or an empty cell, means that it is not known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

# The most that is taken, in yuan, heads and percent; with it, all products stay within 64 bits.
LIMITS = {"money": 100_000_000_000, "count": 10_000_000, "percent": 100}
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
    ]
)  # first two digits of GB/T 2260 codes


class Kind(Enum):
    """What a field holds, and in what it is counted."""

    TEXT = "text"
    REGION = "region"  # 6 to 12 digits
    CODE = "code"  # GB/T 4754-2017, two to four digits; a letter before them is left out: C2221 is 2221
    CHOICE = "choice"
    FLAG = "flag"
    COUNT = "count"  # a whole number
    MONEY = "money"  # yuan, at most two decimals; counted in fen in a table
    PERCENT = "percent"  # 5.5 is 5.5 %; counted in millionths in a table
    DATE = "date"
    LIST = "list"  # ids of rules, separated by commas
    SERIES = "series"  # yuan of each month


@dataclass(frozen=True)
class Field:
    """A field's name, kind, what it may be (a choice), and the most it may be."""

    name: str
    kind: Kind
    choices: tuple[str, ...] = ()
    limit: int = 0

    @property
    def most(self) -> int:
        """The largest number that is taken, in the field's own unit."""
        return self.limit or LIMITS.get("money" if self.kind is Kind.SERIES else self.kind.value, 0)


FIELDS: dict[str, Field] = {
    field.name: field
    for field in (
        Field("firm", Kind.TEXT),
        Field("region", Kind.REGION),
        Field("industry", Kind.CODE),
        Field("employer", Kind.CHOICE, ("enterprise", "household", "agency", "other")),
        Field("scale", Kind.CHOICE, ("large", "medium", "small", "micro")),
        Field("staff", Kind.COUNT),
        Field("revenue", Kind.MONEY),  # a year's
        Field("assets", Kind.MONEY),
        Field("hard_hit", Kind.FLAG),
        Field("insurance_base", Kind.SERIES),
        Field("injury_class", Kind.CHOICE, tuple("12345678")),
        Field("injury_rate", Kind.PERCENT, limit=10),
        Field("medical_base", Kind.SERIES),
        Field("taxpayer", Kind.CHOICE, ("small", "general")),
        Field("filing", Kind.CHOICE, ("month", "quarter")),
        Field("sales", Kind.SERIES),  # with tax
        Field("tariff", Kind.CHOICE, ("large_industrial", "general", "other")),
        Field("electricity", Kind.SERIES),  # the bill before the reduction
        Field("landlord", Kind.CHOICE, ("municipal_firm", "other", "none")),
        Field("rent", Kind.SERIES),
        Field("water", Kind.SERIES),  # the bill before the reduction
        Field("land_tax_relief", Kind.MONEY),  # what the tax authority approved
        Field("property_tax_relief", Kind.MONEY),
        Field("restarted", Kind.DATE),
        Field("new_hires", Kind.COUNT),
        Field("key_supplier", Kind.FLAG),
        Field("key_supply_grant", Kind.MONEY),  # what was approved
        Field("layoff_rate", Kind.PERCENT),
        Field("unemployment_premium", Kind.MONEY),  # paid in the year before
        Field("insured_staff", Kind.COUNT),
        Field("unemployment_benefit", Kind.MONEY, limit=100_000),  # of a month, where the firm is
        Field("claimed", Kind.LIST),
    )
}
SERIES = tuple(field.name for field in FIELDS.values() if field.kind is Kind.SERIES)
DERIVED = ("sme",)  # worked out from scale, or from industry, staff, revenue and assets
MONTH = re.compile(r"^\d{4}-(0[1-9]|1[0-2])$")
COLUMN = re.compile(rf"^({'|'.join(SERIES)})_(\d{{4}})_(0[1-9]|1[0-2])$")
QUARTER = re.compile(r"^sales_(\d{4})_q([1-4])$")


def month_column(series: str, month: str) -> str:
    """Return the column of a series in a month: ("rent", "2020-02") gives rent_2020_02."""
    return f"{series}_{month.replace('-', '_')}"


def quarter_column(quarter: str) -> str:
    """Return the column of a quarter's sales: "2020-q2" gives sales_2020_q2."""
    return f"sales_{quarter.replace('-', '_')}"


def quarter_of(month: str) -> str:
    """Return the quarter of a month: 2020-05 gives 2020-q2."""
    return f"{month[:4]}-q{(int(month[5:]) + 2) // 3}"


def months_of(quarter: str) -> tuple[str, str, str]:
    """Return the months of a quarter."""
    first = 3 * int(quarter[-1]) - 2
    return (f"{quarter[:4]}-{first:02d}", f"{quarter[:4]}-{first + 1:02d}", f"{quarter[:4]}-{first + 2:02d}")


def months_between(first: str, last: str) -> tuple[str, ...]:
    """Return the months from `first` to `last`, both included; empty when the last lies before the first."""
    a, b = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    return tuple(f"{n // 12}-{n % 12 + 1:02d}" for n in range(a, b + 1))


def field_of(column: str) -> Field | None:
    """Return the field to which a column of a table of firms belongs; None for a column that nobody asks for."""
    if column in FIELDS:
        return FIELDS[column]
    if found := COLUMN.match(column):
        return FIELDS[found[1]]
    return FIELDS["sales"] if QUARTER.match(column) else None


def spoken(months: Iterable[str]) -> str:
    """Write months as spans: 2020-02…2020-04, 2020-06."""
    spans: list[list[str]] = []
    for month in sorted(months):
        if spans and months_between(spans[-1][-1], month)[1:] == (month,):
            spans[-1][1:] = [month]
        else:
            spans.append([month])
    return ", ".join("…".join(dict.fromkeys(span)) for span in spans)
