"""What the partners of a cell have signed together, version by version."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import now
from kernel.ids import uuid7


class Protocol(models.Model):
    """One version of a cell's protocol. A version is never changed: the next one replaces it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="protocols")
    number = models.IntegerField()
    title = models.TextField()
    signed_on = models.DateField()
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    created_by = models.UUIDField()
    created_at = models.DateTimeField(default=now)

    class Meta:
        db_table = "agencies_protocol"
        constraints = [
            models.UniqueConstraint(fields=["cell", "number"], name="agencies_protocol_number"),
            models.UniqueConstraint(fields=["cell", "id"], name="agencies_protocol_whole"),
            models.CheckConstraint(
                name="agencies_protocol_numbered",
                condition=Q(number__gte=1),
                violation_error_message=_("Les versions se comptent à partir de 1."),
            ),
            models.CheckConstraint(
                name="agencies_protocol_titled",
                condition=~Q(title=""),
                violation_error_message=_("Un protocole a un intitulé."),
            ),
            models.CheckConstraint(
                name="agencies_protocol_ends_after_start",
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("Un protocole se termine après avoir commencé."),
            ),
        ]


class ProtocolParty(models.Model):
    """Who signed a version: an agency that takes part in the cell, or somebody named beside it.

    A recteur or the president of a Région signs for an institution that may never sign in here.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    protocol = models.ForeignKey("agencies.Protocol", models.PROTECT, related_name="parties")
    position = models.SmallIntegerField()
    accession = models.ForeignKey(
        "agencies.Accession", models.PROTECT, null=True, related_name="signatures"
    )
    party_name = models.TextField(blank=True, default="")
    signatory = models.TextField()
    signed_on = models.DateField()

    class Meta:
        db_table = "agencies_protocolparty"
        constraints = [
            models.UniqueConstraint(
                fields=["cell", "protocol", "position"], name="agencies_party_position"
            ),
            models.CheckConstraint(
                name="agencies_party_is_one_or_the_other",
                condition=Q(accession=None) & ~Q(party_name="")
                | Q(accession__isnull=False, party_name=""),
                violation_error_message=_(
                    "Un signataire est un organisme de la cellule ou une institution nommée."
                ),
            ),
            models.CheckConstraint(
                name="agencies_party_signed",
                condition=~Q(signatory=""),
                violation_error_message=_("Une signature porte le nom de qui a signé."),
            ),
        ]
