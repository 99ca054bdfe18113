"""An emergency access is on record by an entry of the very transaction that opens it."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import glass


class Migration(migrations.Migration):
    dependencies = [("referrals", "0049_of_export")]

    operations = [SayAnew(glass.HAS_REASON)]
