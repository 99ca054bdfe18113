"""Which shares are idle is asked once, however many readings are held against them."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0053_along_its_days")]

    operations = [SayAnew(finding.UNASSIGNED_READS)]
