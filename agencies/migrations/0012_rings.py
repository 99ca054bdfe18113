"""A seed is sealed by whichever ring holds the root key: a local one, or a Vault's."""

from django.db import migrations

SEALED = "length(key) = 72 AND (starts_with(key, 'AQAA') OR starts_with(key, 'AgAA'))"


class Migration(migrations.Migration):
    dependencies = [("agencies", "0011_first_refusal")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE otp_totp_totpdevice DROP CONSTRAINT agencies_seed_is_sealed;"
            f"ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT agencies_seed_is_sealed"
            f" CHECK ({SEALED});",
            migrations.RunSQL.noop,
        ),
    ]
