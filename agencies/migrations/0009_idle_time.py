"""Each cell says how long a session lasts when nobody does anything: half an hour at most."""

from django.db import migrations, models

from agencies.sql import idling
from kernel.rls.operations import AllowRole, MaintenanceFunction


class Migration(migrations.Migration):
    dependencies = [("agencies", "0008_leaving"), ("kernel", "0007_ended_seats")]

    operations = [
        migrations.AddField("cellpolicy", "idle_minutes", models.SmallIntegerField(db_default=15)),
        migrations.AddConstraint(
            "cellpolicy",
            models.CheckConstraint(
                name="agencies_policy_idle_minutes",
                condition=models.Q(idle_minutes__range=(5, 30)),
                violation_error_message=(
                    "Une session se termine après cinq à trente minutes sans activité."
                ),
            ),
        ),
        AllowRole(
            "agencies_cellpolicy",
            "rempart_signin",
            columns=("cell_id", "version", "idle_minutes"),
        ),
        MaintenanceFunction("agencies.bind_idle()", idling.BIND_IDLE),
        MaintenanceFunction("agencies.idle_follows()", idling.IDLE_FOLLOWS),
        migrations.RunSQL(
            idling.TRIGGERS,
            "DROP TRIGGER bind_idle ON kernel_session;"
            "DROP TRIGGER idle_follows ON agencies_cellpolicy;",
        ),
    ]
