"""A system of an agency may follow the record as a witness."""

from django.db import migrations, models

KNOWN = [
    *("cases.read", "shares.read", "shares.answer", "measures.done", "meetings.read"),
    "record.witness",
]


class Migration(migrations.Migration):
    dependencies = [("agencies", "0015_left_for_good")]

    operations = [
        migrations.RemoveConstraint(model_name="token", name="agencies_token_known_scope"),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(may__contained_by=KNOWN, may__len__gte=1),
                name="agencies_token_known_scope",
            ),
        ),
    ]
