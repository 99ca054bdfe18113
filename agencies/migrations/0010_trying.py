"""One round trip for each thing that a try at the door asks."""

from django.db import migrations

from agencies.sql import trying

BY_SIGNIN = {
    "count_try(bytea[], int[], timestamptz[], timestamptz, timestamptz)": trying.COUNT_TRY,
    "give_back(bytea[], bytea)": trying.GIVE_BACK,
    "remember_place(bytea[], timestamptz, timestamptz)": trying.REMEMBER_PLACE,
    "clear_away(timestamptz, timestamptz, int)": trying.CLEAR_AWAY,
    "standing_of(uuid, timestamptz)": trying.STANDING,
}


class Migration(migrations.Migration):
    dependencies = [("agencies", "0009_idle_time")]

    operations = [
        migrations.RunSQL(
            f"{body.strip()};"
            f"REVOKE ALL ON FUNCTION agencies.{signature} FROM PUBLIC;"
            f"GRANT EXECUTE ON FUNCTION agencies.{signature} TO rempart_signin;",
            migrations.RunSQL.noop,
        )
        for signature, body in BY_SIGNIN.items()
    ]
