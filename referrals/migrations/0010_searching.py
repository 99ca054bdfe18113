"""Searches are counted: each person has so many an hour."""

from django.db import migrations, models

from kernel.rls.operations import MaintenanceFunction, ScopeTable
from referrals.sql import searching


class Migration(migrations.Migration):
    dependencies = [("referrals", "0009_reaching")]

    operations = [
        migrations.CreateModel(
            name="SearchCount",
            fields=[
                ("account_id", models.UUIDField(primary_key=True, serialize=False)),
                ("began_at", models.DateTimeField()),
                ("made", models.SmallIntegerField()),
            ],
            options={"db_table": "referrals_search_count"},
        ),
        ScopeTable("referrals_search_count"),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON referrals_search_count TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            "referrals.is_known(bytea)", searching.IS_KNOWN, execute_by=("rempart_runtime",)
        ),
    ]
