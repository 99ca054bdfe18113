"""Who stands in for whom, from when until when."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from agencies.models.waiting import WAITS
from kernel.clock import now
from kernel.ids import uuid7


class AbsenceState(models.TextChoices):
    PROPOSED = "proposed", _("À confirmer")
    CONFIRMED = "confirmed", _("Confirmé")
    ENDED = "ended", _("Arrêté avant terme")


class Absence(models.Model):
    """A deputy takes the roles of somebody who is away, in a seat of its own.

    Written by functions of the database only. The seat exists once the cover is confirmed.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    agency_id = models.UUIDField()
    membership = models.ForeignKey("agencies.Membership", models.PROTECT, related_name="+")
    deputy = models.ForeignKey("agencies.Membership", models.PROTECT, related_name="+")
    seat = models.ForeignKey("agencies.Membership", models.PROTECT, null=True, related_name="+")
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField()
    state = models.TextField(choices=AbsenceState)
    proposed_by = models.UUIDField()
    confirmed_by = models.UUIDField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "agencies_absence"
        constraints = [
            models.CheckConstraint(
                name="agencies_absence_ends_after_start",
                condition=Q(valid_until__gt=F("valid_from")),
                violation_error_message=_("Une absence se termine après avoir commencé."),
            ),
            models.CheckConstraint(
                name="agencies_absence_of_somebody_else",
                condition=~Q(membership=F("deputy")),
                violation_error_message=_("Personne ne se remplace soi-même."),
            ),
        ]
        indexes = [models.Index(fields=["cell_id", "valid_until"], name="agencies_absence_when")]

    @property
    def confirm_until(self) -> datetime:
        """Until when a second person can confirm it: as every proposal, and while it lasts."""
        return min(self.created_at + WAITS, self.valid_until)

    @property
    def lapsed(self) -> bool:
        """Whether it waited for its second person in vain."""
        return self.state == AbsenceState.PROPOSED and now() >= self.confirm_until

    @property
    def last_day(self) -> date:
        """The last day of the absence: it ends at the midnight that follows."""
        return timezone.localdate(self.valid_until - timedelta(microseconds=1))
