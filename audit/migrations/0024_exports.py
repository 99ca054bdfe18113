"""Exports of the record from its pages: asked for by an auditor, made for that one, gone in a day."""

from django.db import migrations

from audit.sql import exporting
from kernel.rls.operations import CELL, MaintenanceFunction, MayHear, MayOwe, ScopeTable, has_role

OWN = f"{CELL} AND seat_id = (SELECT kernel.session_seat())"
ASKED = (
    f"{OWN} AND ({has_role('auditor')} OR {has_role('dpo')}) AND (SELECT kernel.session_fresh())"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0023_appending"), ("kernel", "0010_own_rooms")]

    operations = [
        migrations.RunSQL(exporting.TABLE, "DROP TABLE audit_export;"),
        *[
            MaintenanceFunction(f"audit.{signature}", body, execute_by=asked)
            for signature, (body, asked) in exporting.FUNCTIONS.items()
        ],
        ScopeTable("audit_export", read=OWN, insert=ASKED, insert_columns=exporting.WRITTEN),
        migrations.RunSQL(
            "CREATE TRIGGER a_new BEFORE INSERT ON audit_export"
            " FOR EACH ROW EXECUTE FUNCTION audit.new_export();",
            migrations.RunSQL.noop,
        ),
        MayOwe(
            "extracts",
            ("extract.asked",),
            to="recipient = (SELECT kernel.session_account())",
            channels=("work",),
        ),
        MayHear("extracts", "room = 'extracts:' || (SELECT kernel.session_seat())"),
    ]
