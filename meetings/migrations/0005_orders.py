"""While the prosecutor has frozen the acts of others on a case, no meeting decides about it."""

from django.db import migrations


def _frozen(table: str) -> str:
    return (
        f"CREATE TRIGGER z_frozen BEFORE INSERT ON {table} FOR EACH ROW"
        " WHEN (NEW.case_id IS NOT NULL) EXECUTE FUNCTION referrals.refuse_frozen('case_id');"
    )


class Migration(migrations.Migration):
    dependencies = [("meetings", "0004_reaching"), ("referrals", "0012_orders")]

    operations = [
        migrations.RunSQL(
            _frozen("meetings_decision") + _frozen("meetings_agenda_item"),
            "DROP TRIGGER z_frozen ON meetings_decision;"
            "DROP TRIGGER z_frozen ON meetings_agenda_item;",
        ),
    ]
