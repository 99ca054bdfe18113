"""A pupil is found also by who knows the name without the birth date, or the other way round."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("referrals", "0013_seeing")]

    operations = [
        migrations.AddField("party", "blind_name", models.BinaryField(null=True)),
        migrations.AddField("party", "blind_born", models.BinaryField(null=True)),
        migrations.AddIndex(
            "party", models.Index(fields=["cell_id", "blind_name"], name="referrals_party_name")
        ),
        migrations.AddIndex(
            "party", models.Index(fields=["cell_id", "blind_born"], name="referrals_party_born")
        ),
    ]
