"""Whether an agency uses its shares is known with the first reading that is found."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import finding


class Migration(migrations.Migration):
    dependencies = [("referrals", "0041_own_agency_alone")]

    operations = [
        SayAnew(finding.UNUSED_SHARES),
    ]
