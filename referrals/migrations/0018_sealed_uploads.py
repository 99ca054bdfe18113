"""The keys of files on their way are replaced with the key of their case."""

from django.db import migrations

from referrals.sql import keeping


class Migration(migrations.Migration):
    dependencies = [("referrals", "0017_uploads")]

    operations = [*keeping.sealed_table("referrals_upload", ("file_key",))]
