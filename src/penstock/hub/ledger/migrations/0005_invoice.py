import django.db.models.deletion
import django.db.models.manager
from django.db import migrations, models

import penstock.hub.core.ids
import penstock.hub.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_append_only"),
        ("parties", "0003_first_order"),
    ]

    operations = [
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uid", penstock.hub.core.ids.UidField("ivc", max_length=24)),
                ("order_uid", models.CharField(max_length=24, unique=True)),
                ("serial", models.PositiveIntegerField(unique=True)),
                ("number", models.CharField(max_length=30, unique=True, verbose_name="number")),
                ("issued_at", models.DateTimeField(auto_now_add=True)),
                ("currency", models.CharField(max_length=3)),
                ("net", penstock.hub.core.money.AmountField(decimal_places=2, max_digits=13)),
                ("carriage", penstock.hub.core.money.AmountField(decimal_places=2, max_digits=13)),
                ("tax", penstock.hub.core.money.AmountField(decimal_places=2, max_digits=13)),
                ("total", penstock.hub.core.money.AmountField(decimal_places=2, max_digits=13, verbose_name="total")),
                ("tax_percent", models.DecimalField(decimal_places=2, max_digits=5)),
                ("document", models.JSONField()),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invoices", to="parties.organisation"
                    ),
                ),
            ],
            options={
                "verbose_name": "invoice",
                "verbose_name_plural": "invoices",
                "abstract": False,
                "base_manager_name": "_plain",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "total",
                                models.F("net") + models.F("carriage") + models.F("tax"),
                            )
                        ),
                        name="invoice_total_adds_up",
                    )
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("_plain", django.db.models.manager.Manager()),
            ],
        ),
        migrations.RunSQL(
            sql="CREATE TRIGGER ledger_invoice_append_only BEFORE UPDATE OR DELETE ON ledger_invoice "
            "FOR EACH ROW EXECUTE FUNCTION ledger_is_append_only();",
            reverse_sql="DROP TRIGGER ledger_invoice_append_only ON ledger_invoice;",
        ),
    ]
