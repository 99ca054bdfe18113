"""What has to be on record is on record of its own case, as its row says it and at that moment."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import files, glass


class Migration(migrations.Migration):
    dependencies = [("referrals", "0047_case_by_case")]

    operations = [SayAnew(glass.HAS_REASON), SayAnew(files.DESTROYED_ON_RECORD)]
