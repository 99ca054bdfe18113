"""How the record is, for those who answer for it: seen, measured, and told when it is not well."""

from importlib import import_module

from django.db import migrations

from audit.sql import health
from kernel.rls.operations import AllowRole, MaintenanceFunction, ScopeTable

READ = import_module("audit.migrations.0003_scope").READ
OWN = ("audit_gauge", "audit_alarm")


class Migration(migrations.Migration):
    dependencies = [("audit", "0011_telling"), ("kernel", "0010_own_rooms")]

    operations = [
        migrations.RunSQL(
            health.TABLES, "DROP TABLE audit_verified; DROP TABLE audit_gauge, audit_alarm;"
        ),
        ScopeTable("audit_verified", read=READ),
        AllowRole("audit_verified", "rempart_auditor", ("SELECT", "INSERT")),
        *[
            AllowRole(table, "rempart_worker", ("SELECT", "INSERT", "UPDATE", "DELETE"))
            for table in OWN
        ],
        MaintenanceFunction(
            "audit.health(int)", health.HEALTH, execute_by=("rempart_runtime", "rempart_worker")
        ),
        MaintenanceFunction("audit.measures()", health.MEASURES, execute_by=("rempart_runtime",)),
        MaintenanceFunction("audit.alarms()", health.ALARMS, execute_by=("rempart_worker",)),
        MaintenanceFunction("audit.watchers(int)", health.WATCHERS, execute_by=("rempart_worker",)),
    ]
