from django.db import migrations


class Migration(migrations.Migration):
    """The journal is append-only by the database itself, not by good manners."""

    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.RunSQL(
            sql="""
            CREATE FUNCTION core_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'the journal is append-only';
            END $$;
            CREATE TRIGGER core_event_append_only BEFORE UPDATE OR DELETE ON core_event
                FOR EACH ROW EXECUTE FUNCTION core_event_is_append_only();
            """,
            reverse_sql="DROP TRIGGER core_event_append_only ON core_event; DROP FUNCTION core_event_is_append_only();",
        )
    ]
