"""Each try at an export has a file of its own, and all of them end with it."""

from django.db import migrations

from kernel.sql.exporting import anew
from referrals.sql import exporting

NAME = "end_exports(int)"


class Migration(migrations.Migration):
    dependencies = [("referrals", "0043_said_alike")]

    operations = [*anew("referrals", {NAME: exporting.FUNCTIONS[NAME]})]
