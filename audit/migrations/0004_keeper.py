"""What is done to keys is on record, in nobody's name."""

from importlib import import_module

from django.db import migrations

from kernel.rls.operations import AllowRole

SCOPE = import_module("audit.migrations.0003_scope")


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_scope"), ("kernel", "0009_keeper")]

    operations = [
        AllowRole("audit_entry", "rempart_keeper", ("INSERT",), SCOPE.BY_NO_PERSON, SCOPE.WRITTEN),
    ]
