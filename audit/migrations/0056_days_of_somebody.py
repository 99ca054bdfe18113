"""What somebody did, or an agency, is summed up along its days."""

from django.db import migrations

from audit.sql import tally


class Migration(migrations.Migration):
    dependencies = [("audit", "0055_day_by_day")]

    operations = [migrations.RunSQL(tally.DAYS, tally.WITHOUT_DAYS)]
