"""An agency's signature under a cell's protocol."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER, now
from kernel.ids import uuid7


class Accession(models.Model):
    """Who signed for the agency, when, and until when. It owns the units that can be granted.

    `unit_id` stands for the agency in this cell, `secrecy_unit_id` for those of its people who
    are bound by professional secrecy.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="accessions")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="accessions")
    signed_on = models.DateField()
    signatory = models.TextField()
    valid_from = models.DateTimeField(default=now)
    valid_until = models.DateTimeField(default=FOREVER)
    end_reason = models.TextField(blank=True, default="", db_default="")
    unit_id = models.IntegerField(unique=True)
    secrecy_unit_id = models.IntegerField(unique=True)

    class Meta:
        db_table = "agencies_accession"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "agency"],
                name="agencies_accession_once",
                violation_error_message=_("Cet organisme a déjà adhéré à la cellule."),
            ),
            models.UniqueConstraint(
                fields=["id", "cell", "agency"], name="agencies_accession_whole"
            ),
            models.CheckConstraint(
                name="agencies_accession_ends_after_start",
                condition=Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("Une adhésion se termine après avoir commencé."),
            ),
            models.CheckConstraint(
                name="agencies_accession_signed",
                condition=~Q(signatory=""),
                violation_error_message=_("Une adhésion porte le nom de qui l'a signée."),
            ),
        ]
