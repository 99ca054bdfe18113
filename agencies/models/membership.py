"""A person's place in one agency of one cell."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.roles import APART, CASE_WORKING, Role
from kernel.clock import FOREVER, now
from kernel.ids import uuid7


class PlaceKind(models.TextChoices):
    """What a place rests on: a person's own, a deputy's for a while, or a machine's."""

    PERSON = "person", _("En propre")
    COVER = "cover", _("En remplacement")
    INTERIM = "interim", _("À titre provisoire")
    SYSTEM = "system", _("Système")


class EndReason(models.TextChoices):
    """Why a place or an accession ends."""

    LEFT = "left", _("Départ ou changement de poste")
    DUTY = "duty", _("Changement de mission dans la cellule")
    COMPROMISED = "compromised", _("Compte ou appareil compromis")
    BREACH = "breach", _("Manquement à la charte")
    PROTOCOL = "protocol", _("Fin du protocole ou fermeture")
    MISTAKE = "mistake", _("Participation créée par erreur")


class Membership(models.Model):
    """What one person does, for whom and how long. Ending it ends the rights at once.

    The name stands here as well as in the account: colleagues of the same cell may read it, while
    accounts are readable by nobody but the sign-in.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="memberships")
    account = models.ForeignKey("agencies.Account", models.PROTECT, related_name="memberships")
    accession = models.ForeignKey("agencies.Accession", models.PROTECT, related_name="memberships")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="memberships")
    roles = ArrayField(models.TextField(choices=Role))
    bound_by_secrecy = models.BooleanField(default=False)
    display_name = models.TextField()
    job_title = models.TextField(blank=True, default="")
    unit_id = models.IntegerField(unique=True)
    kind = models.TextField(choices=PlaceKind, default=PlaceKind.PERSON, db_default="person")
    end_reason = models.TextField(choices=EndReason, blank=True, default="", db_default="")
    valid_from = models.DateTimeField(default=now)
    valid_until = models.DateTimeField(default=FOREVER)

    class Meta:
        db_table = "agencies_membership"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "accession"],
                condition=Q(valid_until=FOREVER),
                name="agencies_membership_once_at_a_time",
                violation_error_message=_("Cette personne participe déjà pour cet organisme."),
            ),
            models.CheckConstraint(
                name="agencies_membership_roles_known",
                condition=Q(roles__contained_by=Role.values, roles__len__gte=1),
                violation_error_message=_(
                    "Une personne participe avec au moins un rôle, choisi dans la liste."
                ),
            ),
            models.CheckConstraint(
                name="agencies_membership_watchers_apart",
                condition=~(
                    Q(roles__overlap=sorted(APART)) & Q(roles__overlap=sorted(CASE_WORKING))
                ),
                violation_error_message=_(
                    "Qui contrôle ou administre ne traite pas de dossiers au même titre."
                ),
            ),
            models.CheckConstraint(
                name="agencies_membership_ends_after_start",
                condition=Q(valid_until__gte=F("valid_from")),
                violation_error_message=_("Une participation se termine après avoir commencé."),
            ),
            models.CheckConstraint(
                name="agencies_membership_named",
                condition=~Q(display_name=""),
                violation_error_message=_("Une participation porte un nom."),
            ),
        ]
        indexes = [models.Index(fields=["cell", "agency"], name="agencies_membership_where")]
