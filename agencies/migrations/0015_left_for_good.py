"""The last day of an agency that has left is not put off: it signs anew."""

from django.db import migrations

from kernel.rls.operations import CELL, has_role

THEIRS = f"{CELL} AND {has_role('cell_admin')} AND (SELECT kernel.session_fresh())"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0014_signing_anew")]

    operations = [
        migrations.RunSQL(
            "ALTER POLICY runtime_update ON agencies_accession"
            f" USING ({THEIRS} AND valid_until > now())"
            f" WITH CHECK ({THEIRS} AND valid_until > now());",
            migrations.RunSQL.noop,
        ),
    ]
