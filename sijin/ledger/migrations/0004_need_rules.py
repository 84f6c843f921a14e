"""What the rules of a need keep: chains of units, requests for time, ended links, the clock beside the chain; triggers."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from sijin.ledger import triggers


def make(apps, schema_editor):
    triggers.install(schema_editor.connection)


def drop(apps, schema_editor):
    triggers.remove(schema_editor.connection, ("ledger_handover", "ledger_evidence"))  # events keep those of 0003


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0003_events_stay'),
        ('people', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='confirmlink',
            name='ended',
            field=models.CharField(blank=True, choices=[('reissued', 'Replaced by a newer link'), ('expired', 'Expired'), ('answered', 'Answered another way')], max_length=10),
        ),
        migrations.AddField(
            model_name='confirmlink',
            name='ended_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='evidence',
            name='sequence',
            field=models.PositiveIntegerField(blank=True, help_text='The event that carries its digest', null=True),
        ),
        migrations.AddField(
            model_name='handover',
            name='answer',
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name='handover',
            name='answered_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='handover',
            name='answered_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='due',
            field=models.DateField(blank=True, help_text='Until when a co-handler answers the lead unit', null=True),
        ),
        migrations.AddField(
            model_name='handover',
            name='from_unit',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.unit'),
        ),
        migrations.AddField(
            model_name='handover',
            name='kind',
            field=models.CharField(choices=[('given', 'Given by the office'), ('on', 'Handed on by a unit'), ('escalated', 'Escalated to the province')], default='given', max_length=10),
        ),
        migrations.AddField(
            model_name='measure',
            name='result_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='need',
            name='clock',
            field=models.JSONField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='need',
            name='extension_asked',
            field=models.PositiveSmallIntegerField(blank=True, help_text='Working days asked for', null=True),
        ),
        migrations.AddField(
            model_name='need',
            name='extension_asked_on',
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='need',
            name='head',
            field=models.CharField(blank=True, editable=False, max_length=64),
        ),
        migrations.AddField(
            model_name='need',
            name='links',
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.RunPython(make, drop),
    ]
