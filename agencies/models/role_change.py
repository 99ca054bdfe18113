"""A change of what somebody may do, and who decided it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.waiting import Waits
from agencies.roles import Role
from kernel.clock import now
from kernel.ids import uuid7


class RoleChange(Waits):
    """What a membership was, what it becomes, by whom. Applied changes are its history.

    A trigger applies the change to the membership at the moment it says so, and asks for the
    second person where a role that is added needs one.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("À confirmer")
        APPLIED = "applied", _("Appliqué")
        REFUSED = "refused", _("Refusé")
        WITHDRAWN = "withdrawn", _("Retiré")
        LAPSED = "lapsed", _("Non confirmé à temps")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    membership = models.ForeignKey("agencies.Membership", models.PROTECT, related_name="changes")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    account_id = models.UUIDField()
    previous_roles = ArrayField(models.TextField(choices=Role))
    roles = ArrayField(models.TextField(choices=Role))
    bound_by_secrecy = models.BooleanField(default=False)
    valid_until = models.DateTimeField()
    state = models.TextField(choices=State)
    proposed_by = models.UUIDField()
    confirmed_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agencies_role_change"
        constraints = [
            models.UniqueConstraint(
                fields=["membership"],
                condition=Q(state="waiting"),
                name="agencies_role_change_one_waits",
                violation_error_message=_(
                    "Un changement attend déjà d'être confirmé pour cette personne."
                ),
            ),
            models.CheckConstraint(
                name="agencies_role_change_words_known",
                condition=Q(
                    state__in=["waiting", "applied", "refused", "withdrawn", "lapsed"],
                    roles__contained_by=[r for r in Role.values if r != Role.PLATFORM_OPERATOR],
                    roles__len__gte=1,
                ),
                violation_error_message=_("Choisissez au moins un rôle dans la liste."),
            ),
            models.CheckConstraint(
                name="agencies_role_change_by_others",
                condition=~Q(proposed_by=F("account_id"))
                & (
                    Q(confirmed_by=None)
                    | ~Q(confirmed_by=F("proposed_by")) & ~Q(confirmed_by=F("account_id"))
                ),
                violation_error_message=_("Personne ne change ses propres rôles."),
            ),
        ]
        indexes = [
            models.Index(fields=["cell", "membership"], name="agencies_role_change_history"),
        ]
