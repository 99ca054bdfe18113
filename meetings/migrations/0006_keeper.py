"""What was decided is sealed anew when the key of its case is replaced."""

from django.db import migrations

from referrals.sql.keeping import sealed_table


class Migration(migrations.Migration):
    dependencies = [("meetings", "0005_orders"), ("referrals", "0016_keeper")]

    operations = sealed_table("meetings_decision", ("content",))
