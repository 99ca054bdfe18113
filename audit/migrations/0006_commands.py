"""What commands do to the record is on record itself, in nobody's name."""

from importlib import import_module

from django.db import migrations

from kernel.rls.operations import AllowRole

SCOPE = import_module("audit.migrations.0003_scope")


def only(kind: str) -> str:
    """An entry of this kind, by no person."""
    return f"kind = '{kind}' AND {SCOPE.BY_NO_PERSON}"


class Migration(migrations.Migration):
    dependencies = [("audit", "0005_witness")]

    operations = [
        AllowRole(
            "audit_entry", "rempart_sealer", ("INSERT",), only("audit.readmitted"), SCOPE.WRITTEN
        ),
        AllowRole(
            "audit_entry", "rempart_auditor", ("INSERT",), only("audit.verified"), SCOPE.WRITTEN
        ),
    ]
