"""A place in an agency that is offered to somebody, until they take it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agencies.models.waiting import Waits
from agencies.roles import CONFIRMED, Role
from kernel.clock import FOREVER, now
from kernel.ids import uuid7


class Invitation(Waits):
    """Who may join which agency in which roles, who says so, and how far it has come.

    The link that is sent proves that its holder reads the invited address. Only its hash is here,
    and it is gone once the link has been used. A trigger keeps what is offered from changing and
    asks for the second person; when an invitation comes to nothing it forgets whom it was for.
    Another one keeps the times of the day's letters and lets no more leave than a day allows.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("À confirmer")
        SENT = "sent", _("Envoyée")
        JOINED = "joined", _("Acceptée")
        REFUSED = "refused", _("Refusée")
        WITHDRAWN = "withdrawn", _("Retirée")
        LAPSED = "lapsed", _("Non confirmée à temps")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell = models.ForeignKey("agencies.Cell", models.PROTECT, related_name="+")
    accession = models.ForeignKey("agencies.Accession", models.PROTECT, related_name="+")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    roles = ArrayField(models.TextField(choices=Role))
    bound_by_secrecy = models.BooleanField(default=False)
    address = models.TextField(blank=True)
    display_name = models.TextField(blank=True)
    job_title = models.TextField(blank=True, default="")
    valid_from = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(default=FOREVER)
    state = models.TextField(choices=State)
    invited_by = models.UUIDField()
    confirmed_by = models.UUIDField(null=True, blank=True)
    sending = models.SmallIntegerField(default=0)
    letters = ArrayField(models.DateTimeField(), default=list, db_default=[], blank=True)
    token_hash = models.BinaryField(null=True, blank=True, unique=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    account_id = models.UUIDField(null=True, blank=True)
    membership_id = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField(default=now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "agencies_invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["accession", "address"],
                condition=Q(state__in=["waiting", "sent"]),
                name="agencies_invitation_once_at_a_time",
                violation_error_message=_(
                    "Une invitation est déjà en cours à cette adresse pour cet organisme."
                ),
            ),
            models.CheckConstraint(
                name="agencies_invitation_words_known",
                condition=Q(
                    state__in=["waiting", "sent", "joined", "refused", "withdrawn", "lapsed"],
                    roles__contained_by=[r for r in Role.values if r != Role.PLATFORM_OPERATOR],
                    roles__len__gte=1,
                ),
                violation_error_message=_("Choisissez au moins un rôle dans la liste."),
            ),
            models.CheckConstraint(
                name="agencies_invitation_two_people",
                condition=Q(confirmed_by=None) | ~Q(confirmed_by=models.F("invited_by")),
                violation_error_message=_("Une autre personne doit confirmer."),
            ),
            models.CheckConstraint(
                name="agencies_invitation_confirmed_first",
                condition=~Q(roles__overlap=sorted(CONFIRMED))
                | Q(confirmed_by__isnull=False)
                | Q(state__in=["waiting", "refused", "withdrawn", "lapsed"], token_hash=None),
                violation_error_message=_("Ce rôle est confirmé par une deuxième personne."),
            ),
            models.CheckConstraint(
                name="agencies_invitation_addressed",
                condition=Q(state__in=["refused", "withdrawn", "lapsed"])
                | Q(address__regex=r"^[a-z0-9.!#$%&'*/=?^_`{|}~-]+@[a-z0-9-]+([.][a-z0-9-]+)+$")
                & ~Q(display_name=""),
                violation_error_message=_("Une invitation porte un nom et une adresse."),
            ),
        ]
        indexes = [
            models.Index(
                fields=["cell", "agency"],
                condition=Q(state__in=["waiting", "sent"]),
                name="agencies_invitation_open",
            ),
            models.Index(fields=["invited_by"], name="agencies_invitation_by"),
        ]

    @property
    def expired(self) -> bool:
        """Whether the link was sent and its time is over; sending it again is still possible."""
        return (
            self.state == self.State.SENT
            and self.expires_at is not None
            and now() > self.expires_at
        )
