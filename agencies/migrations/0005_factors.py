"""Second factors: passkeys, backup codes, and losing one."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0004_invitations")]

    operations = []
