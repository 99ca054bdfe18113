"""A filter of the journal finds its entries in the same few steps however long the log is."""

from django.db import migrations

from audit.sql import ways


class Migration(migrations.Migration):
    dependencies = [("audit", "0036_bounded")]

    operations = [migrations.RunSQL(ways.WAYS, ways.AS_BEFORE)]
