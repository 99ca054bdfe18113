"""What is new in the tally is found along its days, whichever other indexes it has."""

from django.db import migrations

from audit.sql import found
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0037_found")]

    operations = [SayAnew(found.BULK_READS), SayAnew(found.KEEP_FOUND)]
