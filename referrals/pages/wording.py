"""How states, steps and dates are said to people."""

from django.utils.translation import gettext_lazy as _

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

MILESTONES = {
    "referral.submitted": _("Saisine transmise à la cellule"),
    "referral.acknowledged": _("Saisine prise en charge"),
    "referral.triaged": _("Gravité et urgence évaluées"),
    "referral.activated": _("Cellule activée par le parquet"),
    "referral.resolved": _("Issue constatée"),
    "referral.closed": _("Dossier clos"),
    "share.proposed": _("Partage proposé"),
    "share.accepted": _("Partage accepté"),
    "share.refused": _("Partage refusé"),
    "share.revoked": _("Partage retiré"),
    "share.expired": _("Partage échu"),
    "share.case_closed": _("Partage terminé avec le dossier"),
    "measure.added": _("Mesure décidée"),
    "measure.done": _("Mesure faite"),
    "feedback.sent": _("Retour fait à l'établissement"),
    "meeting.convened": _("Réunion convoquée"),
    "decision.recorded": _("Décision prise en réunion"),
}


def milestone_words(kind: str) -> object:
    """The sentence of a milestone; its code for one that has no wording yet."""
    return MILESTONES.get(kind, kind)
