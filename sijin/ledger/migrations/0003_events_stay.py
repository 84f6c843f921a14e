"""Database triggers: an event is never updated or deleted, whoever asks."""

from django.db import migrations

SQLITE = [
    f"CREATE TRIGGER ledger_event_no_{verb.lower()} BEFORE {verb} ON ledger_event "
    "BEGIN SELECT RAISE(ABORT, 'events are never changed'); END"
    for verb in ("UPDATE", "DELETE")
]
POSTGRES = [
    "CREATE FUNCTION ledger_event_stays() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'events are never changed'; END $$ LANGUAGE plpgsql",
    "CREATE TRIGGER ledger_event_stays BEFORE UPDATE OR DELETE ON ledger_event "
    "FOR EACH ROW EXECUTE FUNCTION ledger_event_stays()",
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for verb in ("update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS ledger_event_no_{verb}")
    else:
        schema_editor.execute("DROP TRIGGER IF EXISTS ledger_event_stays ON ledger_event")
        schema_editor.execute("DROP FUNCTION IF EXISTS ledger_event_stays()")


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_initial")]
    operations = [migrations.RunPython(make, drop)]
