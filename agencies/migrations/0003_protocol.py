"""The protocol of a cell, its policy, its territory and who covers what."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0002_scope"), ("kernel", "0004_fresh_factor")]

    operations = []
