"""A conclusion is drawn about so much and no more, and never about oneself or one's own agency."""

from django.db import migrations

from audit.sql import review
from kernel.rls.operations import CELL, has_role

CONTROL = f"{CELL} AND ({has_role('auditor')} OR {has_role('dpo')})"
ALLOWED = f"{CONTROL} AND {review.IN_OWN_NAME} AND {review.NOT_OF_OWN_AGENCY}"


class Migration(migrations.Migration):
    dependencies = [("audit", "0016_keeping")]

    operations = [
        migrations.RunSQL(review.NOT_ABOUT_ONESELF, migrations.RunSQL.noop),
        migrations.RunSQL(
            f"ALTER POLICY runtime_insert ON audit_review WITH CHECK ({ALLOWED});",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(review.AS_MUCH, migrations.RunSQL.noop),
    ]
