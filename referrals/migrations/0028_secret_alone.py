"""What is for people bound by secrecy opens nothing to the others, nor to who is bound no longer.

The functions stand where their story is told; here those that have changed are made anew.
"""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.sql import glass, share_life

NARROWED = (
    "SET ROLE rempart_maintenance;"
    "UPDATE public.referrals_grant SET level = 1"
    " WHERE share_id IS NOT NULL AND scope = 0 AND level > 1;"
    "SELECT referrals.sync_case(id) FROM public.referrals_case;"
    "RESET ROLE;"
)


class Migration(migrations.Migration):
    dependencies = [("referrals", "0027_fresh_destroying"), ("agencies", "0008_leaving")]

    operations = [
        MaintenanceFunction("referrals.follow_share()", share_life.FOLLOW_SHARE),
        MaintenanceFunction("referrals.secret_follows()", glass.SECRET_FOLLOWS),
        migrations.RunSQL(glass.BOND_ENDS, "DROP TRIGGER secret_follows ON kernel_seat;"),
        migrations.RunSQL(NARROWED, migrations.RunSQL.noop),
    ]
