"""What the record can hold about a meeting: kinds, and the only facts each may carry."""

from django.utils.translation import gettext_lazy as _

from audit import event, word
from meetings.states import DecisionCode

CONVENED = event("meeting.convened", facts=("starts_on", "invited"), label=_("Réunion convoquée"))
CANCELLED = event("meeting.cancelled", label=_("Réunion annulée"))
OPENED = event("meeting.opened", label=_("Réunion ouverte"))
HELD = event("meeting.held", facts=("decisions",), label=_("Réunion terminée"))
ENTERED = event("meeting.entered", label=_("Entrée dans la salle de réunion"))
POINT_ADDED = event("meeting.point_added", facts=("position",), label=_("Point ajouté"))
POINT_TAKEN_UP = event("meeting.point_taken_up", facts=("position",), label=_("Point abordé"))
READ = event("meeting.read", facts=("decisions",), label=_("Réunion consultée"))
LIST_READ = event("meeting.list_read", facts=("shown",), label=_("Liste des réunions consultée"))
DECIDED = event(
    "decision.recorded",
    facts=("decision_code", "owner_unit", "due_on"),
    label=_("Décision prise en réunion"),
)

word("decision_code", _("Décision"), **dict(DecisionCode.choices))
word("decisions", _("Décisions"))
word("invited", _("Services conviés"))
word("position", _("Point de l'ordre du jour"))
word("starts_on", _("Date de la réunion"))
