import django.db.models.deletion
from django.db import migrations, models

import penstock.hub.core.money


class Migration(migrations.Migration):
    dependencies = [
        ("hordak", "0054_check_debit_credit_positive"),
        ("ledger", "0002_initial"),
        ("parties", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="LegSubject",
            fields=[
                (
                    "leg",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="subject",
                        serialize=False,
                        to="hordak.leg",
                    ),
                ),
                ("subject_uid", models.CharField(db_index=True, max_length=24)),
            ],
        ),
        migrations.CreateModel(
            name="SandboxCharge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=120, unique=True)),
                ("amount", penstock.hub.core.money.AmountField(decimal_places=2, max_digits=13)),
                ("currency", models.CharField(max_length=3)),
                ("status", models.CharField(default="open", max_length=20)),
                ("refunds", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.RemoveField(
            model_name="statementline",
            name="posting",
        ),
        migrations.AddField(
            model_name="refund",
            name="to_account",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="statementline",
            name="leg",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="statement_line", to="hordak.leg"
            ),
        ),
        migrations.CreateModel(
            name="BookAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("purpose", models.CharField(max_length=30, verbose_name="purpose")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kept_for", to="hordak.account"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="parties.organisation",
                    ),
                ),
            ],
            options={
                "verbose_name": "account",
                "verbose_name_plural": "chart of accounts",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("purpose", "organisation"), name="account_once", nulls_distinct=False
                    )
                ],
            },
        ),
    ]
