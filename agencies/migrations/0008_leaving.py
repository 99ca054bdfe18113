"""Leaving, standing in for somebody, and tokens of agency systems."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0007_charter")]

    operations = []
