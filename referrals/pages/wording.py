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
    "glass": _("Un accès d'urgence"),
}
"""By what right a case is open to somebody."""

ALLOWED = {
    "school": _("Son établissement a saisi la cellule."),
    "coordination": _("La coordination conduit les dossiers transmis à la cellule."),
    "prosecution": _("Son parquet est saisi de ce dossier."),
    "share": _("Son service a accepté un partage."),
    "secrecy_share": _("Son service a accepté un partage réservé aux personnes tenues au secret."),
    "owner": _("La mesure est confiée à son service."),
    "glass": _("Cette personne a ouvert un accès d'urgence."),
    "role": _("Son rôle le permet."),
}
REFUSED = {
    "role": _("Son rôle ne le permet pas."),
    "charter": _("La charte n'est pas signée."),
    "nothing": _("Rien de ce dossier n'a été ouvert à son service."),
    "scope": _("Cette partie n'est dans aucun partage ouvert à son service."),
    "proposed": _("Un partage est proposé à son service, qui ne l'a pas encore accepté."),
    "refused": _("Son service a refusé le partage."),
    "revoked": _("Le partage a été retiré."),
    "expired": _("Le partage est arrivé à sa date de fin."),
    "case_closed": _("Le partage a pris fin avec le dossier."),
    "accession_ended": _("Son organisme ne participe plus à la cellule."),
    "judicial": _("La partie judiciaire est au parquet seul."),
    "secrecy": _("Cette partie est réservée aux personnes tenues au secret professionnel."),
    "victim_side": _("Une association d'aide aux victimes ne voit que le côté de la victime."),
    "late": _("Ajouté après ce que couvre le partage."),
    "withheld": _("Son service en reçoit une copie préparée pour lui."),
    "frozen": _("Le parquet a suspendu les actes des autres services."),
    "office": _("Son service lit ce dossier et ne le conduit pas."),
    "rules": _("Dans cette cellule, seul le procureur ou un substitut active la cellule."),
    "state": _("L'étape du dossier ne le permet pas."),
}
"""Why something is open to a person, and why it is not: one sentence a rule."""

ACTS = {
    "step_submit": _("Transmettre la saisine"),
    "step_acknowledge": _("Prendre en charge la saisine"),
    "step_review": _("Commencer l'analyse"),
    "step_triage": _("Évaluer la situation"),
    "step_activate": _("Activer la cellule"),
    "step_plan": _("Passer au plan de mesures"),
    "step_start": _("Mettre les mesures en œuvre"),
    "step_stabilise": _("Passer au suivi"),
    "step_resolve": _("Constater l'issue"),
    "step_close": _("Clore le dossier"),
    "share": _("Partager avec un service"),
    "measure": _("Décider une mesure"),
    "feedback": _("Répondre à l'établissement"),
    "orders": _("Donner des consignes aux autres services"),
}

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
    "request.made": _("Demande d'un service"),
    "request.answered": _("Demande d'un service répondue"),
    "measure.added": _("Mesure décidée"),
    "measure.handed_over": _("Mesure confiée à un autre service"),
    "measure.done": _("Mesure faite"),
    "document.added": _("Document ajouté"),
    "document.destroyed": _("Document détruit"),
    "glass.broken": _("Accès d'urgence ouvert"),
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
