"""Inviting people, confirming what they may be, and joining."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0003_protocol")]

    operations = []
