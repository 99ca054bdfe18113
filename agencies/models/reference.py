"""Small public tables, each line saying where it comes from."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Departement(models.Model):
    code = models.TextField(primary_key=True)
    name = models.TextField()
    academy_code = models.TextField(blank=True, default="")
    source = models.TextField()

    class Meta:
        db_table = "agencies_departement"


class Academy(models.Model):
    code = models.TextField(primary_key=True)
    name = models.TextField()
    source = models.TextField()

    class Meta:
        db_table = "agencies_academy"


class Commune(models.Model):
    insee = models.TextField(primary_key=True)
    name = models.TextField()
    departement_code = models.TextField(db_index=True)
    postcodes = ArrayField(models.TextField(), default=list)
    population = models.IntegerField(null=True)
    source = models.TextField()

    class Meta:
        db_table = "agencies_commune"


class Court(models.Model):
    """A judicial court, known by the code of the national case-law service."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    commune_insee = models.TextField(blank=True, default="")
    departement_code = models.TextField(blank=True, default="", db_index=True)
    source = models.TextField()

    class Meta:
        db_table = "agencies_court"
