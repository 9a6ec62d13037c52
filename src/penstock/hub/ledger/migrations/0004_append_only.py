from django.db import migrations

TABLES = ("hordak_transaction", "hordak_leg", "ledger_posting")

FUNCTION = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: post the opposite instead';
END $$;
"""


class Migration(migrations.Migration):
    """What is in the books stays there by the database itself; statement numbers come from a sequence."""

    dependencies = [("ledger", "0003_books_and_sandbox"), ("hordak", "0054_check_debit_credit_positive")]

    operations = [
        migrations.RunSQL(sql=FUNCTION, reverse_sql="DROP FUNCTION ledger_is_append_only();"),
        *(
            migrations.RunSQL(
                sql=f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();",
                reverse_sql=f"DROP TRIGGER {table}_append_only ON {table};",
            )
            for table in TABLES
        ),
        migrations.RunSQL(
            sql="CREATE SEQUENCE ledger_statement_number START 1;",
            reverse_sql="DROP SEQUENCE ledger_statement_number;",
        ),
    ]
