"""The tables of a clearing: checked row by row, good rows kept, bad rows named."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from sijin.engines.faults import MOST, Sieve, Table

STEP = 1_000  # parts of a unit, and of a cost, that are told apart where not all are whole
PAIR = ("need", "offer")


class Checked(Sieve):
    """Needs, offers and edges as frames with only good rows, whose numbers are looked up; ``faults`` has the others.

    The positions of needs and offers are those of the good rows.
    """

    def __init__(self, needs: Table, offers: Table, edges: Table) -> None:
        super().__init__()
        self.needs = self._named("needs", needs, "need", ("quantity", "penalty"))
        self.offers = self._named("offers", offers, "offer", ("quantity",))
        self.edges = self._pairs(edges)

    def _named(self, name: str, table: Table, key: str, columns: tuple[str, ...]) -> pl.DataFrame:
        frame = self.read(name, table, (key, *columns), (key,)).with_row_index("row")
        frame = self.named(name, frame, key)
        frame = self.numbers(name, frame, "quantity", 0.0, "a quantity of 0 or more")
        if "penalty" in columns:
            frame = self.numbers(name, frame, "penalty", 0.0, "a cost per unit unmet, 0 or more")
        return frame

    def _pairs(self, table: Table) -> pl.DataFrame:
        """Look the names up; drop pairs of nobody, of one twice, and without a cost."""
        frame = self.read("edges", table, ("need", "offer", "cost"), PAIR).with_row_index("row")
        for key, own, words in (
            ("need", self.needs, "a need of the table"),
            ("offer", self.offers, "an offer of the table"),
        ):
            place = own.select(pl.col(key).cast(frame[key].dtype), pl.int_range(pl.len()).alias(f"{key}_at"))
            frame = frame.join(place, on=key, how="left", maintain_order="left")
            frame = self.drop("edges", frame, key, pl.col(f"{key}_at").is_null(), words)
        frame = self.numbers("edges", frame, "cost", -MOST, "a cost per unit")
        twice = ~(pl.col("need_at") * len(self.offers) + pl.col("offer_at")).is_first_distinct()
        return self.drop("edges", frame, "offer", twice, "a pair that no other row has")

    def locked(self, locks: pl.DataFrame | None) -> pl.DataFrame:
        """Return the locks (need_at, offer_at, quantity, cost) of pairs that there are and that both sides can keep."""
        found = self._of_pairs("locks", locks)
        for key, own, words in (("need", self.needs, "the need wants"), ("offer", self.offers, "the offer has")):
            most = own.select(pl.int_range(pl.len()).alias(f"{key}_at"), pl.col("quantity").alias("most"))
            found = found.join(most, on=f"{key}_at", how="left", maintain_order="left")
            over = pl.col("quantity").sum().over(f"{key}_at") > pl.col("most") + 1e-9
            found = self.drop("locks", found, "quantity", over, f"no more, all locks together, than {words}").drop(
                "most"
            )
        return found

    def ran(self, matches: pl.DataFrame) -> pl.DataFrame:
        """Return what ran before (need_at, offer_at, edge, quantity) of pairs that there still are."""
        found = self._of_pairs("running", matches, quiet=True)
        return found.group_by("edge", maintain_order=True).agg(
            pl.col("need_at").first(), pl.col("offer_at").first(), pl.col("quantity").sum(), pl.col("cost").first(),
            pl.col("need").first(), pl.col("offer").first(), pl.col("row").first(),
        )  # fmt: skip

    def _of_pairs(self, name: str, table: pl.DataFrame | None, quiet: bool = False) -> pl.DataFrame:
        if table is None:
            table = pl.DataFrame(
                {"need": self.needs["need"].clear(), "offer": self.offers["offer"].clear(), "quantity": []}
            )
        frame = self.read(name, table, ("need", "offer", "quantity"), PAIR).select("need", "offer", "quantity")
        if not len(frame):
            pairs = self.edges.clear()
            return pairs.select("row", "need", "offer", "need_at", "offer_at", "cost").with_columns(
                pl.lit(None, pl.Float64).alias("quantity"), pl.lit(None, pl.UInt32).alias("edge")
            )
        frame = frame.with_row_index("row").with_columns(
            pl.col("need").cast(self.edges["need"].dtype), pl.col("offer").cast(self.edges["offer"].dtype)
        )
        pairs = self.edges.select("need", "offer", "need_at", "offer_at", "cost").with_row_index("edge")
        frame = frame.join(pairs, on=["need", "offer"], how="left", maintain_order="left")
        if quiet:
            return frame.filter(pl.col("edge").is_not_null() & (pl.col("quantity") > 0))
        frame = self.drop(name, frame, "offer", pl.col("edge").is_null(), "a pair of the edges")
        return self.numbers(name, frame, "quantity", 0.0, "a quantity of 0 or more")


def step(*columns: NDArray[np.float64]) -> int:
    """Return into how many parts a unit is cut: none where all numbers are whole."""
    return 1 if all(np.array_equal(column, np.round(column)) for column in columns) else STEP


def whole(column: NDArray[np.float64], parts: int) -> NDArray[np.int64]:
    """Return a column in whole parts of a unit."""
    return np.round(column * parts).astype(np.int64)
