"""What the tally tells of bulk reading is kept as far as it has been looked through."""

from importlib import import_module

from django.db import migrations

from audit.sql import found
from kernel.rls.operations import MaintenanceFunction, ScopeTable

READ = import_module("audit.migrations.0003_scope").READ


class Migration(migrations.Migration):
    dependencies = [("audit", "0041_at_once")]

    operations = [
        migrations.RunSQL(found.TABLES, "DROP TABLE audit_found, audit_found_reach;"),
        ScopeTable("audit_found", read=READ),
        ScopeTable("audit_found_reach", read=READ),
        MaintenanceFunction(
            "audit.bulk_of(int, uuid[], date[])", found.BULK_OF, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "audit.bulk_reads(date, date)", found.BULK_READS, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "audit.keep_found(int)", found.KEEP_FOUND, execute_by=("rempart_worker",)
        ),
    ]
