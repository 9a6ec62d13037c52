from django.db import migrations


class Migration(migrations.Migration):
    """Order numbers come from a sequence: no two orders share one, whatever happens at once."""

    dependencies = [("orders", "0002_initial")]

    operations = [
        migrations.RunSQL(
            sql="CREATE SEQUENCE orders_order_number START 1;",
            reverse_sql="DROP SEQUENCE orders_order_number;",
        )
    ]
