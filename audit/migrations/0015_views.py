"""An auditor's own views of the journal."""

from django.db import migrations

from audit.sql import views
from kernel.rls.operations import CELL, ScopeTable, has_role

OWN = (
    f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"
    " AND account_id = (SELECT kernel.session_account())"
)


class Migration(migrations.Migration):
    dependencies = [("audit", "0014_witnesses")]

    operations = [
        migrations.RunSQL(views.TABLE, "DROP TABLE audit_view;"),
        ScopeTable("audit_view", read=OWN, insert=OWN, delete=OWN, insert_columns=views.WRITTEN),
    ]
