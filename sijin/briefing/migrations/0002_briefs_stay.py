"""Database triggers: a brief and its figures are never changed, whoever asks."""

from django.db import migrations

TABLES = ("briefing_brief", "briefing_brieffigure")
SQLITE = [
    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    "BEGIN SELECT RAISE(ABORT, 'briefs are never changed'); END"
    for table in TABLES
    for verb in ("UPDATE", "DELETE")
]
POSTGRES = [
    "CREATE FUNCTION briefing_stays() RETURNS trigger AS $$ "
    "BEGIN RAISE EXCEPTION 'briefs are never changed'; END $$ LANGUAGE plpgsql",
    *(
        f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION briefing_stays()"
        for table in TABLES
    ),
]


def make(apps, schema_editor):
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRES:
        schema_editor.execute(statement)


def drop(apps, schema_editor):
    for table in TABLES:
        if schema_editor.connection.vendor == "sqlite":
            for verb in ("update", "delete"):
                schema_editor.execute(f"DROP TRIGGER {table}_no_{verb}")
        else:
            schema_editor.execute(f"DROP TRIGGER {table}_stays ON {table}")
    if schema_editor.connection.vendor != "sqlite":
        schema_editor.execute("DROP FUNCTION briefing_stays()")


class Migration(migrations.Migration):
    replaces = [("briefing", "0005_briefs_stay")]
    dependencies = [("briefing", "0001_squashed")]
    operations = [migrations.RunPython(make, drop)]
