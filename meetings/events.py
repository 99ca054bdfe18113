"""What the record can hold about a meeting: kinds, and the only facts each may carry."""

from django.utils.translation import gettext_lazy as _

from audit import Keeps, Shape, event, states, word
from meetings.states import DecisionCode, MeetingState
from referrals.events import MOTIVE

ORDINARY, CONTROL = Keeps.ORDINARY, Keeps.CONTROL

MEETING = states("meeting", _("État de la réunion"), dict(MeetingState.choices))

CONVENED = event(
    "meeting.convened",
    keeps=ORDINARY,
    facts=("starts_on", "invited"),
    label=_("Réunion convoquée"),
    moves=MEETING,
)
CANCELLED = event("meeting.cancelled", keeps=ORDINARY, label=_("Réunion annulée"), moves=MEETING)
OPENED = event("meeting.opened", keeps=ORDINARY, label=_("Réunion ouverte"), moves=MEETING)
HELD = event(
    "meeting.held",
    keeps=ORDINARY,
    facts=("decisions",),
    label=_("Réunion terminée"),
    moves=MEETING,
)
ENTERED = event("meeting.entered", keeps=ORDINARY, label=_("Entrée dans la salle de réunion"))
POINT_ADDED = event(
    "meeting.point_added", keeps=ORDINARY, facts=("position",), label=_("Point ajouté")
)
POINT_TAKEN_UP = event(
    "meeting.point_taken_up", keeps=ORDINARY, facts=("position",), label=_("Point abordé")
)
READ = event(
    "meeting.read", keeps=ORDINARY, facts=("decisions", *MOTIVE), label=_("Réunion consultée")
)
ROOM_READ = event(
    "meeting.room_read",
    keeps=ORDINARY,
    facts=("present",),
    label=_("Personnes présentes consultées"),
)
LIST_READ = event(
    "meeting.list_read", keeps=ORDINARY, facts=("shown",), label=_("Liste des réunions consultée")
)
DECIDED = event(
    "decision.recorded",
    keeps=ORDINARY,
    facts=("decision_code", "owner_unit", "due_on"),
    label=_("Décision prise en réunion"),
)

word("decision_code", _("Décision"), **dict(DecisionCode.choices))
word("decisions", _("Décisions"), Shape.COUNT)
word("owner_unit", _("Numéro du service responsable"), Shape.COUNT)
word("invited", _("Services conviés"), Shape.COUNT)
word("present", _("Personnes présentes"), Shape.COUNT)
word("position", _("Point de l'ordre du jour"), Shape.COUNT)
word("starts_on", _("Date de la réunion"), Shape.DAY)
