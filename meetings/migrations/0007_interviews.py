"""While the prosecutor has paused interviews on a case, no meeting decides one either."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("meetings", "0006_keeper"), ("referrals", "0022_walls_again")]

    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER z_interviews BEFORE INSERT ON meetings_decision FOR EACH ROW"
            " WHEN (NEW.code = 'interview') EXECUTE FUNCTION referrals.refuse_interviews();",
            "DROP TRIGGER z_interviews ON meetings_decision;",
        ),
    ]
