"""Workshops take work once the operator has admitted them; those that took work before go on."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("production", "0002_holder_and_policy")]

    operations = [
        migrations.AddField(
            model_name="maker",
            name="is_admitted",
            field=models.BooleanField(default=True, verbose_name="admitted by the operator"),
        ),
        migrations.AlterField(
            model_name="maker",
            name="is_admitted",
            field=models.BooleanField(default=False, verbose_name="admitted by the operator"),
        ),
        migrations.AlterField(
            model_name="maker",
            name="finishes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                blank=True,
                default=list,
                size=None,
                verbose_name="finishes it can do",
            ),
        ),
    ]
