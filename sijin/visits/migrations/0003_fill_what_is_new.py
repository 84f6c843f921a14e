"""Visits kept before: recorded when they took place; their search text is made."""

from django.db import migrations, models

from sijin.ledger.script import simplified


def fill(apps, schema_editor):
    Visit = apps.get_model("visits", "Visit")
    Visit.objects.update(recorded_at=models.F("at"))
    kept = list(Visit.objects.only("pk", "met", "said"))
    for visit in kept:
        visit.search = simplified(f"{visit.met}\n{visit.said}")
    Visit.objects.bulk_update(kept, ["search"], batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("visits", "0002_the_whole_visit")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
