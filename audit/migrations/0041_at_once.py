"""Ask who decides about what belongs to no cell in one function.

Each function in a policy is looked up for every statement that writes, called or not, once for the
table and once for the month: for those of no cell every other entry paid a tenth of its price.
"""

from django.db import migrations

from audit.sql import house
from kernel.rls.operations import MaintenanceFunction

DECIDES = "audit.decides_in_session_cell(text, uuid, uuid, uuid)"


class Migration(migrations.Migration):
    dependencies = [("audit", "0043_brought_by")]

    operations = [
        MaintenanceFunction(DECIDES, house.DECIDES, execute_by=("rempart_runtime",)),
        migrations.RunSQL(
            "ALTER POLICY runtime_decides_of_no_cell ON audit_entry"
            f" WITH CHECK ({house.OF_NO_CELL});",
            f"DROP POLICY runtime_decides_of_no_cell ON audit_entry; {house.RECORDED}"
            f" DROP FUNCTION {DECIDES};",
        ),
    ]
