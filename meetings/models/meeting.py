"""A meeting, its agenda and who is asked to come."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from meetings.states import ItemState, MeetingKind, MeetingState


class Meeting(models.Model):
    """The cell around a table. Nothing nominative stands here, not even which case.

    ``viewers`` and ``recheck_at`` are written by the database: the agencies invited that may
    still read a case of the agenda, and the cell's coordination.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    kind = models.TextField(choices=MeetingKind, default=MeetingKind.RESTRICTED)
    state = models.TextField(choices=MeetingState, default=MeetingState.PLANNED)
    starts_at = models.DateTimeField()
    items = models.SmallIntegerField(default=0)
    current = models.SmallIntegerField(default=0)
    convened_by = models.UUIDField()
    convened_name = models.TextField()
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "meetings_meeting"
        constraints = [
            models.CheckConstraint(
                name="meetings_state_has_its_dates",
                condition=Q(state="planned", opened_at=None, ended_at=None)
                | Q(state="open", opened_at__isnull=False, ended_at=None)
                | Q(state="held", opened_at__isnull=False, ended_at__isnull=False)
                | Q(state="cancelled", opened_at=None, ended_at__isnull=False),
                violation_error_message=_("Une réunion ouverte ou close porte sa date."),
            ),
        ]
        indexes = [models.Index(fields=["cell_id", "-starts_at", "-id"], name="meetings_newest")]


class AgendaItem(models.Model):
    """One point of the agenda: one case, seen by those at the table who may read that case.

    Without a case it is a plenary point, which names nobody.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="+")
    case_id = models.UUIDField(null=True)
    case_reference = models.TextField(blank=True, default="")
    position = models.SmallIntegerField()
    state = models.TextField(choices=ItemState, default=ItemState.WAITING)
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "meetings_agenda_item"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "meeting", "position"], name="meetings_position_once"
            ),
            models.UniqueConstraint(
                fields=["cell_id", "meeting", "case_id"], name="meetings_case_once"
            ),
        ]
        indexes = [models.Index(fields=["case_id"], name="meetings_item_case")]


class Invitation(models.Model):
    """An agency asked to come, by the unit that stands for it in this cell."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="+")
    unit_id = models.IntegerField()
    agency_id = models.UUIDField()
    agency_name = models.TextField()
    answered = models.BooleanField(null=True)
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "meetings_invitation"
        constraints = [
            models.UniqueConstraint(
                fields=["cell_id", "meeting", "unit_id"], name="meetings_invited_once"
            )
        ]
