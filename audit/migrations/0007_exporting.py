"""Whoever verifies at a terminal also exports there, and every export is on record."""

from importlib import import_module

from django.db import migrations

SCOPE = import_module("audit.migrations.0003_scope")
WRITTEN = ", ".join(SCOPE.WRITTEN)


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_commands")]

    operations = [
        migrations.RunSQL(
            "CREATE POLICY auditor_exports ON audit_entry FOR INSERT TO rempart_auditor"
            f" WITH CHECK ({SCOPE.BY_NO_PERSON} AND kind = 'audit.exported');"
            f"GRANT INSERT ({WRITTEN}) ON audit_entry TO rempart_auditor;",
            "DROP POLICY auditor_exports ON audit_entry;"
            f"REVOKE INSERT ({WRITTEN}) ON audit_entry FROM rempart_auditor;",
        ),
    ]
