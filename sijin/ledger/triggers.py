"""Database triggers that keep what the chain rests on: events, hand-overs and evidence, on SQLite and PostgreSQL.

Events never change. A hand-over may be received, answered or sent back, an evidence file may be tied to its event;
what they say of who, what and when stays. A table that SQLite remakes for a later migration loses its triggers, which
`missing` (and so `sijin audit`) would tell; `install` may be run again at any time.
"""

from collections.abc import Iterable

from django.db.backends.base.base import BaseDatabaseWrapper

# The columns that never change once written; None: no column does.
KEPT: dict[str, tuple[str, ...] | None] = {
    "ledger_event": None,
    "ledger_handover": ("need_id", "unit_id", "leads", "given_at", "given_by_id", "kind", "from_unit_id"),
    "ledger_evidence": ("need_id", "name", "media_type", "size", "sha256", "file", "added_by_id", "added_at"),
}


def _sqlite(table: str, columns: tuple[str, ...] | None) -> dict[str, str]:
    words = f"BEGIN SELECT RAISE(ABORT, '{table}: what was written is never changed'); END"
    of = f" OF {', '.join(columns)}" if columns else ""
    return {
        f"{table}_no_update": f"BEFORE UPDATE{of} ON {table} {words}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} {words}",
    }


def _postgresql(table: str, columns: tuple[str, ...] | None) -> dict[str, str]:
    run = "EXECUTE FUNCTION ledger_stays()"
    of = f" OF {', '.join(columns)}" if columns else ""
    return {
        f"{table}_no_update": f"BEFORE UPDATE{of} ON {table} FOR EACH ROW {run}",
        f"{table}_no_delete": f"BEFORE DELETE ON {table} FOR EACH ROW {run}",
        f"{table}_no_truncate": f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {run}",
    }


def wanted(vendor: str) -> dict[str, str]:
    """Return {name of the trigger: its definition} for a database of `vendor`."""
    make = _sqlite if vendor == "sqlite" else _postgresql
    return {name: words for table, columns in KEPT.items() for name, words in make(table, columns).items()}


def missing(connection: BaseDatabaseWrapper) -> list[str]:
    """Return the names of the triggers that are not in the database (one query)."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        there = {row[0] for row in cursor.fetchall()}
    return sorted(set(wanted(connection.vendor)) - there)


def install(connection: BaseDatabaseWrapper) -> None:
    """Make the triggers that are missing."""
    names = missing(connection)
    definitions = wanted(connection.vendor)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "CREATE OR REPLACE FUNCTION ledger_stays() RETURNS trigger AS $$ "
                "BEGIN RAISE EXCEPTION '%: what was written is never changed', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
            )
        for name in names:
            cursor.execute(f"CREATE TRIGGER {name} {definitions[name]}")


def remove(connection: BaseDatabaseWrapper, tables: Iterable[str] = tuple(KEPT)) -> None:
    """Take the triggers of `tables` away (to step a migration back)."""
    with connection.cursor() as cursor:
        for table in tables:
            for change in ("update", "delete", "truncate"):
                on = "" if connection.vendor == "sqlite" else f" ON {table}"
                cursor.execute(f"DROP TRIGGER IF EXISTS {table}_no_{change}{on}")
