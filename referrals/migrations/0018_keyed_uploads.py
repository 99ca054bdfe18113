"""The key of a file on its way is sealed anew with everything else of its case."""

from django.db import migrations

from referrals.sql.keeping import sealed_table


class Migration(migrations.Migration):
    dependencies = [("referrals", "0017_uploads")]

    operations = sealed_table("referrals_upload", ("file_key",))
