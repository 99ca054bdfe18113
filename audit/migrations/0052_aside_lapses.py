"""A proposal to set copies aside lapses as a purge does that nobody signs."""

from django.db import migrations

from audit.sql import aside
from kernel.rls.operations import MaintenanceFunction, SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0048_in_order")]

    operations = [
        migrations.RunSQL(aside.LAPSED, migrations.RunSQL.noop),
        SayAnew(aside.SIGN),
        MaintenanceFunction("audit.lapse_asides()", aside.LAPSE, execute_by=("rempart_worker",)),
    ]
