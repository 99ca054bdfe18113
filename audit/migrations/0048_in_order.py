"""The lines of a witness are read in their order, from where a page has ended."""

from django.db import migrations

from audit.sql import witnesses


class Migration(migrations.Migration):
    dependencies = [("audit", "0047_aside_on_record")]

    operations = [migrations.RunSQL(witnesses.IN_ORDER, witnesses.OF_A_WITNESS)]
