"""Signing in through an identity provider."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("agencies", "0005_factors")]

    operations = []
