"""An auditor asks who saw one name or one document of a case, and is told neither."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import subjects


class Migration(migrations.Migration):
    dependencies = [("referrals", "0033_own_rooms")]

    operations = [
        MaintenanceFunction(
            "referrals.subjects_of(uuid)", subjects.SUBJECTS_OF, execute_by=("rempart_runtime",)
        ),
    ]
