"""How states, steps and dates are said to people."""

from django.utils.translation import gettext_lazy as _

from referrals.models.access import Level
from referrals.states import State

TONES: dict[str, str] = {
    State.DRAFT: "neutral",
    State.SUBMITTED: "warning",
    State.ACKNOWLEDGED: "info",
    State.UNDER_REVIEW: "info",
    State.QUALIFIED: "warning",
    State.ACTIVATED: "progress",
    State.ACTION_PLAN: "progress",
    State.IN_PROGRESS: "progress",
    State.MONITORING: "progress",
    State.RESOLVED: "success",
    State.CLOSED: "neutral",
}
URGENCY_TONES = {"immediate": "danger", "high": "warning", "standard": "info", "watch": "neutral"}
SHARE_TONES = {
    "proposed": "info",
    "accepted": "success",
    "refused": "warning",
    "revoked": "neutral",
    "expired": "neutral",
    "case_closed": "neutral",
    "accession_ended": "neutral",
}
LEVELS = {
    Level.STUB: _("Savoir que le dossier existe"),
    Level.READ: _("Lire"),
    Level.COMMENT: _("Lire et commenter"),
    Level.CONTRIBUTE: _("Lire et compléter"),
    Level.STEER: _("Conduire le dossier"),
}

RULES = {
    "school": _("L'établissement qui a saisi la cellule"),
    "coordination": _("La coordination de la cellule"),
    "prosecution": _("Le parquet saisi"),
    "share": _("Un partage accepté"),
}
"""By what right a case is open to somebody."""

MILESTONES = {
    "referral.submitted": _("Saisine transmise à la cellule"),
    "referral.acknowledged": _("Saisine prise en charge"),
    "referral.triaged": _("Gravité et urgence évaluées"),
    "referral.activated": _("Cellule activée par le parquet"),
    "prosecutor.named": _("Parquet désigné"),
    "prosecutor.orders": _("Consignes du parquet changées"),
    "referral.resolved": _("Issue constatée"),
    "referral.closed": _("Dossier clos"),
    "share.proposed": _("Partage proposé"),
    "share.accepted": _("Partage accepté"),
    "share.refused": _("Partage refusé"),
    "share.revoked": _("Partage retiré"),
    "share.renewed": _("Partage prolongé"),
    "share.expired": _("Partage échu"),
    "share.case_closed": _("Partage terminé avec le dossier"),
    "share.accession_ended": _("Partage terminé avec l'adhésion"),
    "measure.added": _("Mesure décidée"),
    "measure.handed_over": _("Mesure confiée à un autre service"),
    "measure.done": _("Mesure faite"),
    "document.added": _("Document ajouté"),
    "feedback.sent": _("Réponse envoyée à l'établissement"),
    "meeting.convened": _("Réunion convoquée"),
    "decision.recorded": _("Décision prise en réunion"),
}

PHASES = (_("Saisine"), _("Évaluation"), _("Activation"), _("Mesures"), _("Réponse et clôture"))
"""The path of a case in five words; ``PHASE`` says which of them a state is in, from 1."""

PHASE = {
    State.SUBMITTED: 2,
    State.ACKNOWLEDGED: 2,
    State.UNDER_REVIEW: 2,
    State.AWAITING_INFORMATION: 2,
    State.QUALIFIED: 3,
    State.ACTIVATED: 4,
    State.ACTION_PLAN: 4,
    State.IN_PROGRESS: 4,
    State.SUSPENDED: 4,
    State.MONITORING: 4,
    State.RESOLVED: 5,
}
AWAITED = {
    State.SUBMITTED: _("La coordination prend la saisine en charge."),
    State.ACKNOWLEDGED: _("La coordination évalue la gravité et l'urgence."),
    State.UNDER_REVIEW: _("La coordination évalue la gravité et l'urgence."),
    State.AWAITING_INFORMATION: _("L'établissement complète sa saisine."),
    State.QUALIFIED: _("Le parquet décide d'activer la cellule."),
    State.ACTIVATED: _("La coordination réunit les services et décide des mesures."),
    State.ACTION_PLAN: _("Les services mettent les mesures en œuvre."),
    State.IN_PROGRESS: _("Les services mettent les mesures en œuvre."),
    State.MONITORING: _("La coordination vérifie que la situation tient."),
    State.RESOLVED: _("La coordination répond à l'établissement, puis clôt le dossier."),
}
"""Who the case waits for, in one sentence."""


def milestone_words(kind: str) -> object:
    """The sentence of a milestone; its code for one that has no wording yet."""
    return MILESTONES.get(kind, kind)
