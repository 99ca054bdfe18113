"""Destroying a document for good asks for a factor shown a moment ago, in the database as well."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import files


class Migration(migrations.Migration):
    dependencies = [("referrals", "0026_steady")]

    operations = [MaintenanceFunction("referrals.destroy_document()", files.DESTROY)]
