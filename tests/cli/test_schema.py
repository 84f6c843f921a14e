"""What migrating makes of an empty store is what the models ask for: the tests' own store is made from the models."""

import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

ROOT = Path(__file__).parents[2]
AFTER = re.compile(r"\bWHERE\b.*", re.S)


def schema(path: Path) -> dict[str, dict[str, Any]]:
    """Return of a SQLite file by table: columns, named constraints, indexes with their conditions, triggers."""
    store = sqlite3.connect(path)
    found: dict[str, dict[str, Any]] = {}
    for kind, name, table, made in store.execute("SELECT type, name, tbl_name, sql FROM sqlite_master"):
        if table.startswith("sqlite_"):
            continue
        told = found.setdefault(table, {"columns": set(), "constraints": set(), "indexes": set(), "triggers": {}})
        if kind == "table":
            told["columns"] = {row[1:] for row in store.execute(f'PRAGMA table_info("{name}")')}
            told["constraints"] = set(re.findall(r'CONSTRAINT "(\w+)"', made))
            told["keys"] = {row[2:7] for row in store.execute(f'PRAGMA foreign_key_list("{name}")')}
        elif kind == "index":
            columns = tuple(row[2] for row in store.execute(f'PRAGMA index_info("{name}")'))
            condition = AFTER.search(made or "")
            told["indexes"].add((columns, "UNIQUE" in (made or "UNIQUE"), condition.group() if condition else ""))
        elif kind == "trigger":
            told["triggers"][name] = made
    store.close()
    return found


@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="compares SQLite files")
def test_migrations_and_models_give_the_same_store(lay_out: Callable[[Path], None], tmp_path: Path) -> None:
    for name in ("models", "migrated"):
        (tmp_path / name).mkdir()
    lay_out(tmp_path / "models")
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | {
        "SIJIN_DATA": str(tmp_path / "migrated"), "DJANGO_SETTINGS_MODULE": "sijin.web.settings",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "django", "migrate", "-v0"], cwd=ROOT, env=environment, check=True)
    models, migrated = (schema(tmp_path / name / "sijin.sqlite3") for name in ("models", "migrated"))
    assert len(migrated) > 100 and sum(len(told["triggers"]) for told in migrated.values()) > 5
    assert {table: told for table, told in models.items() if told != migrated.get(table)} == {}
    assert models.keys() == migrated.keys()
