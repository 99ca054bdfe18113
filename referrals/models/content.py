"""What a case holds, sealed: compartments, parties, and the draft before it is sent."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from referrals.models.case import Case


class PartyRole(models.TextChoices):
    TARGET = "target", _("Élève cible")
    PRESUMED = "presumed_perpetrator", _("Auteur présumé")
    WITNESS = "witness", _("Témoin")


class CompartmentContent(models.Model):
    """One compartment of one case: a JSON text under the case's key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    bit = models.SmallIntegerField()
    content = models.BinaryField()
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_compartment"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "case", "bit"], name="referrals_compartment_once"
            )
        ]


class Party(models.Model):
    """A child in a case, in one role. Target and presumed author are separate rows for ever.

    ``label`` (initials and number) and ``identity`` are sealed; ``blind`` finds the same
    combination of name and birth date without reading it, and the other two marks find it for
    somebody who does not know all of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    case = models.ForeignKey(Case, models.PROTECT, related_name="+")
    role = models.TextField(choices=PartyRole)
    number = models.SmallIntegerField()
    bit = models.SmallIntegerField()
    label = models.BinaryField()
    identity = models.BinaryField()
    blind = models.BinaryField(null=True)
    blind_name = models.BinaryField(null=True)
    blind_born = models.BinaryField(null=True)
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    editors = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "referrals_party"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "case", "role", "number"], name="referrals_party_once"
            ),
            models.CheckConstraint(
                name="referrals_party_bit_of_role",
                condition=models.Q(role="target", bit=0)
                | models.Q(role="presumed_perpetrator", bit=1)
                | models.Q(role="witness", bit=2),
                violation_error_message=_("Le rôle d'un élève décide de qui voit son identité."),
            ),
        ]
        indexes = [
            models.Index(fields=["cell_id", "blind"], name="referrals_party_blind"),
            models.Index(fields=["cell_id", "blind_name"], name="referrals_party_name"),
            models.Index(fields=["cell_id", "blind_born"], name="referrals_party_born"),
        ]


class Draft(models.Model):
    """What the school has typed so far, sealed, as typed: nothing is lost and nothing is judged."""

    case = models.OneToOneField(
        Case, models.PROTECT, primary_key=True, related_name="+", db_column="case_id"
    )
    cell_id = models.IntegerField()
    owner_unit = models.IntegerField()
    content = models.BinaryField()
    version = models.IntegerField(default=1)
    updated_at = models.DateTimeField()
    updated_by = models.UUIDField()

    class Meta:
        db_table = "referrals_draft"
