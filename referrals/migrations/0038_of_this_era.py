"""A reading whose moment somebody has tampered with is of no day that a finding could be of."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0037_looked_at")]

    operations = [
        SayAnew(finding.UNASSIGNED_READS),
    ]
