"""What a kept copy has shown does not end by a verification that has no such copy."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0017_review_anew")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE audit_verified"
            " ADD COLUMN against bigint NOT NULL DEFAULT 0 CHECK (against >= 0);",
            "ALTER TABLE audit_verified DROP COLUMN against;",
        ),
    ]
