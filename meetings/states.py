"""The life of a meeting. The database refuses every other move."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class MeetingState(models.TextChoices):
    PLANNED = "planned", _("Prévue")
    OPEN = "open", _("En cours")
    HELD = "held", _("Tenue")
    CANCELLED = "cancelled", _("Annulée")


class ItemState(models.TextChoices):
    WAITING = "waiting", _("À venir")
    OPEN = "open", _("En cours")
    DONE = "done", _("Traité")


MOVES = frozenset(
    {
        (MeetingState.PLANNED, MeetingState.OPEN),
        (MeetingState.PLANNED, MeetingState.CANCELLED),
        (MeetingState.OPEN, MeetingState.HELD),
    }
)
ROOM_IS_USED = frozenset({MeetingState.PLANNED, MeetingState.OPEN})
"""States in which whoever enters the room is noted as present."""


class MeetingKind(models.TextChoices):
    RESTRICTED = "restricted", _("Réunion restreinte")
    PLENARY = "plenary", _("Réunion plénière, sans dossier nominatif")


class DecisionCode(models.TextChoices):
    PROTECTION = "protection", _("Protéger l'élève")
    INTERVIEW = "interview", _("Recevoir l'élève ou sa famille")
    INFORMATION = "information", _("Recueillir des informations")
    HEARING = "hearing", _("Entendre, enquêter")
    SUPPORT = "support", _("Accompagner la victime")
    ACCOUNTABILITY = "accountability", _("Responsabiliser l'auteur")
    EDUCATION = "education", _("Agir dans l'établissement")
    FAMILY_SUPPORT = "family_support", _("Soutenir la famille")
    REPORT_BACK = "report_back", _("Informer l'établissement")
    NEXT_MEETING = "next_meeting", _("Se réunir de nouveau")
    OTHER = "other", _("Autre décision")
