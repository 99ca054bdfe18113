"""An agency that has left signs anew, and a cover waits for its second person like the rest."""

from django.db import migrations

from agencies.sql import covering, signing_anew
from kernel.rls.operations import MaintenanceFunction, said_anew

ASKED = ("rempart_runtime",)


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
            said_anew(covering.NAME_DEPUTY),
            execute_by=ASKED,
        ),
        MaintenanceFunction(
            "agencies.confirm_deputy(uuid)",
            said_anew(covering.CONFIRM_DEPUTY),
            execute_by=ASKED,
        ),
    ]
