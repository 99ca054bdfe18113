"""What an injection can leave of copies and of cosignatures has an end."""

from django.db import migrations

from audit.sql import telling, witnesses
from kernel.rls.operations import SayAnew


class Migration(migrations.Migration):
    dependencies = [("audit", "0035_rare")]

    operations = [SayAnew(body) for body in (telling.ALERT, witnesses.COSIGN)]
