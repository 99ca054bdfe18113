"""Who makes an export of the record says so all the while, and rows of exports end as files do."""

from django.db import migrations

from audit.sql import exporting
from kernel.sql.exporting import anew

AGAIN = {name: each for name, each in exporting.FUNCTIONS.items() if name != "new_export()"}


class Migration(migrations.Migration):
    dependencies = [("audit", "0029_of_no_cell")]

    operations = [
        migrations.RunSQL(exporting.AT_WORK, migrations.RunSQL.noop),
        *anew("audit", AGAIN),
    ]
