"""The data protection officer may ask coordination for one pupil's own data."""

from django.db import migrations

from kernel.rls.operations import MayOwe


class Migration(migrations.Migration):
    dependencies = [("referrals", "0023_files")]

    operations = [
        MayOwe(
            "people",
            ("person.wanted",),
            to="kernel.may_tell(recipient) AND (SELECT kernel.session_has('dpo'))",
        ),
    ]
