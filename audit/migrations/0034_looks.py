"""Who has looked at one's acts is found along an index of its own, however long the record is."""

from django.db import migrations

from audit.sql import about_me
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0033_shape")]

    operations = [
        migrations.RunSQL(about_me.INDEX, "DROP INDEX audit_entry_looks;"),
        SayAnew(about_me.ABOUT_ME),
    ]
