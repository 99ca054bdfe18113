"""The charter and who signed which version of it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0006_oidc")]

    operations = []
