"""Of other agencies' readings only coordination and the office that follows a case are told.

What was not looked at yet, in a long record, is said and follows on the next page.
"""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import looked_at


class Migration(migrations.Migration):
    dependencies = [("referrals", "0040_emergency"), ("audit", "0010_tally")]

    operations = [
        SayAnew(looked_at.LOOKED_AT),
    ]
