"""What stands out in the record is looked at by somebody, who says what came of it."""

from django.db import migrations

from audit.sql import review
from kernel.rls.operations import CELL, ScopeTable, has_role

CONTROL = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"


class Migration(migrations.Migration):
    dependencies = [("audit", "0012_health")]

    operations = [
        migrations.RunSQL(review.TABLE, "DROP TABLE audit_review;"),
        ScopeTable(
            "audit_review",
            read=CONTROL,
            insert=f"{CONTROL} AND {review.IN_OWN_NAME}",
            insert_columns=review.WRITTEN,
        ),
    ]
