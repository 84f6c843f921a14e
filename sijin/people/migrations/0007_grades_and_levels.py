"""Grades, levels of skills, availability; the table of skills stays and becomes a model of its own."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("people", "0006_notice")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="Mastery",
                    fields=[
                        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                        ("official", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="masteries", to="people.official")),
                        ("skill", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="masteries", to="people.skill")),
                    ],
                    options={"db_table": "people_official_skills", "ordering": ["skill__code"], "unique_together": {("official", "skill")}},
                ),
                migrations.AlterField(
                    model_name="official",
                    name="skills",
                    field=models.ManyToManyField(blank=True, related_name="officials", through="people.Mastery", to="people.skill"),
                ),
            ],
        ),
        migrations.AddField(
            model_name='mastery',
            name='level',
            field=models.PositiveSmallIntegerField(choices=[(1, 'knows some'), (2, 'skilled'), (3, 'expert')], default=3),
        ),
        migrations.AddField(
            model_name='official',
            name='free_from',
            field=models.DateField(blank=True, help_text='First day on which this person can be sent', null=True),
        ),
        migrations.AddField(
            model_name='official',
            name='free_note',
            field=models.CharField(blank=True, help_text='Why not before or after: leave, rotation', max_length=80),
        ),
        migrations.AddField(
            model_name='official',
            name='free_until',
            field=models.DateField(blank=True, help_text='Last day', null=True),
        ),
        migrations.AddField(
            model_name='official',
            name='grade',
            field=models.CharField(blank=True, choices=[('senior', 'Senior'), ('junior', 'Junior')], help_text='Empty: neither', max_length=8),
        ),
        migrations.AddField(
            model_name='official',
            name='led',
            field=models.PositiveSmallIntegerField(default=0, help_text='How often this person has led a team before'),
        ),
        migrations.AddConstraint(
            model_name='mastery',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', [1, 2, 3])), name='level_known'),
        ),
        migrations.AddConstraint(
            model_name='official',
            constraint=models.CheckConstraint(condition=models.Q(('grade__in', ['', 'senior', 'junior'])), name='grade_known'),
        ),
        migrations.AddConstraint(
            model_name='official',
            constraint=models.CheckConstraint(condition=models.Q(('free_from', None), ('free_until', None), ('free_until__gte', models.F('free_from')), _connector='OR'), name='free_in_order'),
        ),
    ]
