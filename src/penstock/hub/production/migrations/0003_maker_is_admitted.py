"""Workshops take work once the operator has admitted them; those that took work before go on."""

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
    ]
