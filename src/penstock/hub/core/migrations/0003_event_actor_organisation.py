from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0002_journal_append_only")]

    operations = [
        migrations.AddField(
            model_name="event",
            name="actor_organisation_id",
            field=models.BigIntegerField(null=True, verbose_name="organisation of the member"),
        ),
    ]
