"""What was reported is written once: no page changes it, so no page may."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("referrals", "0030_lapsed_on_record")]

    operations = [
        migrations.RunSQL(
            "REVOKE UPDATE (content) ON referrals_compartment FROM rempart_runtime;",
            "GRANT UPDATE (content) ON referrals_compartment TO rempart_runtime;",
        ),
    ]
