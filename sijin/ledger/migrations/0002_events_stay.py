"""Database triggers: events never change, nor what hand-overs and evidence say of who, what and when."""

from django.db import migrations

from sijin.ledger import triggers


def make(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    triggers.remove(schema_editor.connection)


class Migration(migrations.Migration):
    replaces = [("ledger", "0003_events_stay")]
    dependencies = [("ledger", "0001_squashed")]
    operations = [migrations.RunPython(make, drop)]
