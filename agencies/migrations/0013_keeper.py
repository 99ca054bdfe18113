"""Whoever changes the root key wraps the seeds of authenticators anew, and knows cells by code."""

from django.db import migrations

from kernel.rls.operations import AllowRole

SEEDS = "otp_totp_totpdevice"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0012_rings"), ("kernel", "0009_keeper")]

    operations = [
        AllowRole("agencies_cell", "rempart_keeper", columns=("id", "code")),
        AllowRole(SEEDS, "rempart_keeper", columns=("id", "user_id", "key")),
        AllowRole(SEEDS, "rempart_keeper", ("UPDATE",), columns=("key",)),
    ]
