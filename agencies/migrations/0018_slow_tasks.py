"""A task whose session is over still finds it, and so knows that only its time has passed."""

from django.db import migrations

from agencies.sql import trying


class Migration(migrations.Migration):
    dependencies = [("agencies", "0017_log_months")]

    operations = [migrations.RunSQL(trying.CLEAR_AWAY, migrations.RunSQL.noop)]
