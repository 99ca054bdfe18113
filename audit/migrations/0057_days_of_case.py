"""When a case was read, and by whose agency, is found along an index alone."""

from django.db import migrations

from audit.sql import days_of_case, partitions
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0056_days_of_somebody")]

    operations = [
        migrations.RunSQL(days_of_case.INDEX, days_of_case.AS_BEFORE),
        SayAnew(partitions.MAKE),
        migrations.RunSQL(partitions.OF_THOSE_THERE, migrations.RunSQL.noop),
    ]
