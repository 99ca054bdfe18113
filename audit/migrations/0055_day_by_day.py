"""What stands out is looked for day by day: the first run takes no longer for a longer record."""

from django.db import migrations

from audit.sql import found
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0054_again")]

    operations = [SayAnew(found.KEEP_FOUND)]
