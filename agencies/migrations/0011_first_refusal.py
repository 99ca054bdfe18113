"""Of those who are told to wait while a counter is closed, one is put on record."""

from django.db import migrations, models

from agencies.sql import trying

COUNT_TRY = "agencies.count_try(bytea[], int[], timestamptz[], timestamptz, timestamptz)"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0010_trying")]

    operations = [
        migrations.AddField("attempt", "refused_until", models.DateTimeField(null=True)),
        migrations.RunSQL(
            f"DROP FUNCTION {COUNT_TRY};"
            f"{trying.COUNT_TRY.strip()};"
            f"REVOKE ALL ON FUNCTION {COUNT_TRY} FROM PUBLIC;"
            f"GRANT EXECUTE ON FUNCTION {COUNT_TRY} TO rempart_signin;",
            migrations.RunSQL.noop,
        ),
    ]
