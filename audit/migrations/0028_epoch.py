"""Whoever begins an epoch writes its entry in the same transaction: both, or neither."""

from importlib import import_module

from django.db import migrations

from kernel.rls.operations import AllowRole

COMMANDS = import_module("audit.migrations.0006_commands")


class Migration(migrations.Migration):
    dependencies = [("audit", "0027_of_this_era")]

    operations = [
        AllowRole(
            "audit_entry",
            "rempart_owner",
            ("INSERT",),
            COMMANDS.only("audit.epoch_begun"),
            COMMANDS.SCOPE.WRITTEN,
        ),
    ]
