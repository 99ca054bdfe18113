"""The row of an export stays while a file of it may be left."""

from django.db import migrations

from kernel.rls.operations import SayAnew
from referrals.sql import exporting


class Migration(migrations.Migration):
    dependencies = [("referrals", "0050_at_that_moment")]

    operations = [SayAnew(exporting.FUNCTIONS["forget_exports(int)"][0])]
