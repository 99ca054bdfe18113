"""Who changes and destroys keys: a role of its own, that reads nothing but keys and sealed bytes.

A period's key can be replaced by another generation while cases are read and written.
"""

from django.db import migrations, models

from kernel.rls.operations import CELL, AllowRole


class Migration(migrations.Migration):
    dependencies = [("kernel", "0008_noted_refusals")]

    operations = [
        migrations.AddField("periodkey", "generation", models.SmallIntegerField(db_default=1)),
        migrations.RemoveConstraint("periodkey", "kernel_period_key_once"),
        migrations.AddConstraint(
            "periodkey",
            models.UniqueConstraint(
                fields=["cell_id", "period", "generation"], name="kernel_period_key_once"
            ),
        ),
        migrations.RunSQL(
            "GRANT USAGE ON SCHEMA kernel, public TO rempart_keeper;"
            f"ALTER POLICY runtime_insert ON kernel_period_key WITH CHECK ({CELL}"
            " AND period = to_char(now() AT TIME ZONE 'UTC', 'YYYY') AND generation = 1);",
            migrations.RunSQL.noop,
        ),
        AllowRole("kernel_period_key", "rempart_keeper", ("SELECT", "INSERT", "DELETE")),
        AllowRole("kernel_period_key", "rempart_keeper", ("UPDATE",), columns=("wrapped",)),
    ]
