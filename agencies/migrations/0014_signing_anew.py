"""An agency that has left signs anew, and a cover waits for its second person like the rest."""

from django.db import migrations

from agencies.sql import covering, signing_anew
from kernel.rls.operations import MaintenanceFunction

ASKED = ("rempart_runtime",)
AGAIN = ("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("agencies", "0013_keeper")]

    operations = [
        migrations.RunSQL(
            "GRANT UPDATE (signed_on, signatory, valid_from) ON agencies_accession"
            " TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            "agencies.sign_anew(uuid, date, text, timestamptz)",
            signing_anew.SIGN_ANEW,
            execute_by=ASKED,
        ),
        MaintenanceFunction(
            "agencies.name_deputy(uuid, uuid, uuid, timestamptz, timestamptz)",
            covering.NAME_DEPUTY.replace(*AGAIN),
            execute_by=ASKED,
        ),
        MaintenanceFunction(
            "agencies.confirm_deputy(uuid)",
            covering.CONFIRM_DEPUTY.replace(*AGAIN),
            execute_by=ASKED,
        ),
    ]
