"""What belongs to no cell has a term as well, and two people decide about it."""

from django.db import migrations

from audit.sql import house, keeping
from kernel.rls.operations import MaintenanceFunction, SayAnew

FUNCTIONS = (
    ("audit.purge_due_of_no_cell(int, text[])", house.DUE),
    ("audit.propose_purge_of_no_cell(uuid, int)", house.PROPOSE),
    ("audit.sign_purge_of_no_cell(uuid)", house.SIGN),
    ("audit.withdraw_purge_of_no_cell(uuid)", house.WITHDRAW),
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0024_exports")]

    operations = [
        SayAnew(keeping.HELD),
        *[
            MaintenanceFunction(signature, body, execute_by=("rempart_runtime",))
            for signature, body in FUNCTIONS
        ],
        migrations.RunSQL(house.RECORDED, "DROP POLICY runtime_decides_of_no_cell ON audit_entry;"),
    ]
