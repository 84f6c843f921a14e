"""The tables of a capacity pool: checked row by row, good rows kept, bad rows named, names looked up."""

import polars as pl

from sijin.engines.faults import FAULTS, MOST, Sieve, Table, frame

WEEKS = 5_000  # a week's number lies between -WEEKS and WEEKS
Given = tuple[Table, Table, Table, Table, Table]


class Checked(Sieve):
    """The five tables as frames with only good rows; ``faults`` has the others.

    ``pairs`` are the links with the rate that goes with them (``hours`` and ``rate`` are null where the maker does not
    make the product) and with ``certified``. ``order_at`` and ``maker_at`` are positions among the good rows. A row
    that only speaks of an order or a maker whose own row has a fault is left out without a fault of its own.
    """

    def __init__(self, orders: Table, makers: Table, capacity: Table, rates: Table, links: Table) -> None:
        super().__init__()
        self._bad: dict[str, pl.Series] = {}
        self.orders = self._orders(orders)
        self.makers = self._makers(makers)
        self.capacity = self._capacity(capacity)
        self.rates = self._rates(rates)
        self.pairs = self._paired(self._links(links))

    def _optional(self, rows: pl.DataFrame, columns: dict[str, float | None]) -> pl.DataFrame:
        """Fill in the columns that may be left out; a cell that is no number becomes NaN, to be found as a fault."""
        for column, value in columns.items():
            usual = pl.lit(value, pl.Float64)
            if column in rows.columns:
                text = pl.col(column).cast(pl.String).str.strip_chars()
                number = pl.col(column).cast(pl.Float64, strict=False).fill_null(float("nan"))
                usual = pl.when((text == "").fill_null(True)).then(usual).otherwise(number)
            rows = rows.with_columns(usual.alias(column))
        return rows

    def _least(self, name: str, frame: pl.DataFrame, field: str, least: float, expected: str) -> pl.DataFrame:
        """As `numbers`, where null is a number too: none given."""
        column = pl.col(field)
        wrong = column.is_not_null() & (~column.is_finite() | (column < least) | (column > MOST))
        return self.drop(name, frame, field, wrong, expected)

    def _weeks(self, name: str, frame: pl.DataFrame, field: str, least: float, expected: str) -> pl.DataFrame:
        frame = self.numbers(name, frame, field, least, expected)
        return self.drop(name, frame, field, (pl.col(field) % 1 != 0) | (pl.col(field) > WEEKS), expected)

    def _named_rows(
        self, name: str, table: Table, key: str, columns: tuple[str, ...], keys: tuple[str, ...]
    ) -> pl.DataFrame:
        given = self.read(name, table, (key, *columns), (key, *keys)).with_row_index("row")
        self._bad[key] = given[key]
        return self.named(name, given, key)

    def _orders(self, table: Table) -> pl.DataFrame:
        rows = self._named_rows("orders", table, "order", ("product", "quantity", "release", "due"), ("product",))
        rows = self._optional(rows, {"max_partners": None, "value": None, "min_lot": 0.0, "penalty": None})
        rows = self.drop("orders", rows, "product", pl.col("product").is_null(), "a product")
        rows = self.numbers("orders", rows, "quantity", 0.0, "a quantity above 0")
        rows = self.drop("orders", rows, "quantity", pl.col("quantity") <= 0, "a quantity above 0")
        for field in ("release", "due"):
            rows = self._weeks("orders", rows, field, -WEEKS, f"the number of a week, whole, at most {WEEKS}")
        rows = self.drop("orders", rows, "due", pl.col("due") < pl.col("release"), "a week not before the release")
        words = "how many partners at most, a whole number from 1, or empty"
        rows = self._least("orders", rows, "max_partners", 1, words)
        rows = self.drop("orders", rows, "max_partners", (pl.col("max_partners") % 1 != 0).fill_null(False), words)
        for field, words in (
            ("value", "yuan of the whole order, 0 or more, or empty"),
            ("min_lot", "a quantity of 0 or more, or empty"),
            ("penalty", "yuan for each unit late or short, 0 or more, or empty"),
        ):
            rows = self._least("orders", rows, field, 0.0, words)
        certificate = pl.col("certificate").cast(pl.String).str.strip_chars().replace("", None)
        if "certificate" not in rows.columns:
            certificate = pl.lit(None, pl.String)
        return rows.with_columns(certificate=certificate)

    def _makers(self, table: Table) -> pl.DataFrame:
        rows = self._named_rows("makers", table, "maker", (), ())
        rows = self._optional(rows, {"min_lot": 0.0, "lead": 0.0, "setup": 0.0})
        rows = self._least("makers", rows, "min_lot", 0.0, "a quantity of 0 or more, or empty")
        rows = self._weeks("makers", rows, "lead", 0.0, "weeks before the work can begin, a whole number from 0")
        rows = self._least("makers", rows, "setup", 0.0, "hours of setting up for an order, 0 or more, or empty")
        if "certificates" not in rows.columns:
            return rows.with_columns(certificates=pl.lit([], pl.List(pl.String)))
        if not isinstance(rows["certificates"].dtype, pl.List):
            text = pl.col("certificates").cast(pl.String).fill_null("").str.replace_all("[,;|,;、]", "\n")
            rows = rows.with_columns(certificates=text.str.split("\n"))
        own = pl.col("certificates").fill_null([]).list.eval(pl.element().cast(pl.String).str.strip_chars())
        return rows.with_columns(certificates=own)

    def _look_up(self, name: str, rows: pl.DataFrame, key: str, own: pl.DataFrame) -> pl.DataFrame:
        """Add the position of `key`; a name that no row has is a fault, the name of a bad row is passed over."""
        kind = rows[key].dtype
        place = own.select(pl.col(key).cast(kind, strict=False), pl.int_range(pl.len()).alias(f"{key}_at"))
        rows = rows.join(place, on=key, how="left", maintain_order="left")
        given = self._bad[key].cast(kind, strict=False).drop_nulls().unique()
        unknown = pl.col(key).is_null() | ~pl.col(key).is_in(given.implode())
        rows = self.drop(name, rows, key, unknown, f"a name of the table of {key}s")
        return rows.filter(pl.col(f"{key}_at").is_not_null())

    def _capacity(self, table: Table) -> pl.DataFrame:
        rows = self.read("capacity", table, ("maker", "week", "hours"), ("maker",)).with_row_index("row")
        rows = self._look_up("capacity", rows, "maker", self.makers)
        rows = self._weeks("capacity", rows, "week", -WEEKS, f"the number of a week, whole, at most {WEEKS}")
        rows = self.numbers("capacity", rows, "hours", 0.0, "hours in the week, 0 or more")
        return self.drop(
            "capacity", rows, "week", ~pl.struct("maker_at", "week").is_first_distinct(), "one row for a maker and week"
        )

    def _rates(self, table: Table) -> pl.DataFrame:
        columns = ("maker", "product", "hours", "cost")
        rows = self.read("rates", table, columns, ("maker", "product")).with_row_index("row")
        rows = self._look_up("rates", rows, "maker", self.makers)
        rows = self.drop("rates", rows, "product", pl.col("product").is_null(), "a product")
        rows = self.numbers("rates", rows, "hours", 0.0, "hours for one unit, above 0")
        rows = self.drop("rates", rows, "hours", pl.col("hours") <= 0, "hours for one unit, above 0")
        rows = self.numbers("rates", rows, "cost", 0.0, "yuan for one unit, 0 or more")
        twice = ~pl.struct("maker_at", "product").is_first_distinct()
        return self.drop("rates", rows, "product", twice, "one row for a maker and product")

    def _links(self, table: Table) -> pl.DataFrame:
        columns = ("order", "maker", "ship_weeks", "cost")
        rows = self.read("links", table, columns, ("order", "maker")).with_row_index("row")
        for key, own in (("order", self.orders), ("maker", self.makers)):
            rows = self._look_up("links", rows, key, own)
        rows = self._weeks("links", rows, "ship_weeks", 0.0, "weeks on the way, a whole number from 0")
        rows = self.numbers("links", rows, "cost", 0.0, "yuan for one unit sent, 0 or more")
        twice = ~pl.struct("order_at", "maker_at").is_first_distinct()
        return self.drop("links", rows, "maker", twice, "one row for an order and maker")

    def _paired(self, links: pl.DataFrame) -> pl.DataFrame:
        """Join to each link the order, the maker and the rate, and whether the maker holds the certificate."""
        orders = self.orders.select(
            pl.int_range(pl.len()).alias("order_at"), "product", "certificate", "quantity", "release", "due",
            pl.col("min_lot").alias("order_lot"),
        )  # fmt: skip
        makers = self.makers.select(
            pl.int_range(pl.len()).alias("maker_at"), "lead", "setup", "certificates",
            pl.col("min_lot").alias("maker_lot"),
        )  # fmt: skip
        rates = self.rates.select(
            "maker_at", pl.col("product").cast(orders["product"].dtype, strict=False), "hours", rate="cost"
        )
        held = pl.col("certificate").is_null() | pl.col("certificate").is_in(pl.col("certificates"))
        return (
            links.select("order_at", "maker_at", "ship_weeks", "cost")
            .join(orders, on="order_at", how="left")
            .join(makers, on="maker_at", how="left")
            .join(rates, on=["maker_at", "product"], how="left")
            .with_columns(held.alias("certified"), pl.max_horizontal("order_lot", "maker_lot").alias("lot"))
            .drop("certificates", "order_lot", "maker_lot")
            .sort("order_at", "maker_at")
        )

    def of_pairs(self, name: str, table: Table | None) -> pl.DataFrame:
        """Return the rows (order_at, maker_at, quantity) of a table of locks or of a plan before, in place of names."""
        schema = {"row": pl.UInt32, "order_at": pl.Int64, "maker_at": pl.Int64, "quantity": pl.Float64}
        if table is None:
            return pl.DataFrame(schema=schema)
        given = self.read(name, table, ("order", "maker", "quantity"), ("order", "maker", "quantity"))
        rows = self._optional(given.with_row_index("row"), {"quantity": None})
        for key, own in (("order", self.orders), ("maker", self.makers)):
            rows = self._look_up(name, rows, key, own)
        rows = self._least(name, rows, "quantity", 0.0, "a quantity of 0 or more, or empty")
        twice = ~pl.struct("order_at", "maker_at").is_first_distinct()
        rows = self.drop(name, rows, "maker", twice, "one row for an order and maker")
        return rows.select(pl.col(column).cast(kind) for column, kind in schema.items())

    def ran(self, table: Table | None) -> pl.DataFrame:
        """Return the plan before (order_at, maker_at, before); what it says of names that are gone is passed over."""
        if table is not None:
            table = frame(table)
            for key, own in (("order", self.orders), ("maker", self.makers)):
                known = own[key].cast(table[key].dtype, strict=False)
                table = table.filter(pl.col(key).is_in(known.implode()))
        return self.of_pairs("previous", table).select("order_at", "maker_at", before="quantity")

    def refuse(self, name: str, found: list[tuple[int, str, str]]) -> None:
        """Note faults (row, field, what was expected) that only show when the rows are held together."""
        rows = [(name, row, field, "", expected) for row, field, expected in found]
        self._faults.append(pl.DataFrame(rows, schema=FAULTS, orient="row"))
