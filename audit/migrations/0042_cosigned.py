"""Which cosignature a verification has found to be signed is noted: pages begin behind it."""

from django.db import migrations

from audit.sql import witnesses
from kernel.rls.operations import CELL, AllowRole, ScopeTable


class Migration(migrations.Migration):
    dependencies = [("audit", "0038_sums")]

    operations = [
        migrations.RunSQL(witnesses.CHECKED, "DROP TABLE audit_cosigned;"),
        ScopeTable("audit_cosigned", read=CELL),
        AllowRole("audit_cosigned", "rempart_auditor", ("SELECT", "INSERT")),
    ]
