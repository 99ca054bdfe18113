"""What was decided, who will do it, by when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from kernel.clock import FOREVER
from kernel.ids import uuid7
from meetings.models.meeting import AgendaItem, Meeting
from meetings.states import DecisionCode


class Decision(models.Model):
    """Recorded once and never changed. Its words are sealed under the key of the case.

    Seen by those at the table who may read the case; one of them will carry it out.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    cell_id = models.IntegerField()
    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="+")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="+")
    case_id = models.UUIDField()
    code = models.TextField(choices=DecisionCode)
    content = models.BinaryField()
    owner_unit = models.IntegerField()
    owner_agency = models.UUIDField(null=True)
    owner_name = models.TextField(blank=True)
    due_on = models.DateField()
    recorded_by = models.UUIDField()
    recorded_name = models.TextField()
    recorded_agency = models.TextField()
    created_at = models.DateTimeField()
    viewers = ArrayField(models.IntegerField(), default=list, editable=False)
    recheck_at = models.DateTimeField(default=FOREVER, editable=False)

    class Meta:
        db_table = "meetings_decision"
        indexes = [
            models.Index(fields=["cell_id", "meeting", "created_at"], name="meetings_decided"),
            models.Index(fields=["case_id"], name="meetings_decision_case"),
        ]

    @property
    def owner(self) -> object:
        """The agency's name; the coordination is no agency and has none."""
        return self.owner_name or _("Coordination de la cellule")
