"""Who covers what: each commune of a cell with the service that is competent there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import COMMUNE_FORM
from kernel.ids import uuid7


class CoverFunction(models.TextChoices):
    """What a service is competent for. A commune has one service of each."""

    PROSECUTOR = "prosecutor", _("Parquet")
    LAW_ENFORCEMENT = "law_enforcement", _("Police ou gendarmerie")
    MUNICIPALITY = "municipality", _("Commune, pour ses écoles")


class Coverage(models.Model):
    """The service that is competent in one commune for one function."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    function = models.TextField(choices=CoverFunction)
    commune_insee = models.TextField()
    accession = models.ForeignKey("agencies.Accession", models.PROTECT, related_name="covers")

    class Meta:
        db_table = "agencies_coverage"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "function", "commune_insee"], name="agencies_coverage_once"
            ),
            models.CheckConstraint(
                name="agencies_coverage_function_known",
                condition=Q(function__in=CoverFunction.values),
                violation_error_message=_("Cette compétence n'existe pas."),
            ),
            models.CheckConstraint(
                name="agencies_coverage_commune_form",
                condition=Q(commune_insee__regex=COMMUNE_FORM),
                violation_error_message=_("Le code de la commune a cinq caractères."),
            ),
        ]
        indexes = [models.Index(fields=["cell", "accession"], name="agencies_coverage_of")]
