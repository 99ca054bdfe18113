"""What the record can hold about a case: kinds, and the only facts each may carry."""

from django.utils.translation import gettext_lazy as _

from audit.registry import event, word
from referrals.compartments import Compartment
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.document import Nature, Reason
from referrals.models.export import ExportPurpose
from referrals.models.glass import Conclusion
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.models.request import RequestKind
from referrals.models.share import Purpose, RefusalReason, RenewalReason

DRAFT_STARTED = event("referral.draft_started", label=_("Saisine commencée"))
DRAFT_SAVED = event("referral.draft_saved", facts=("version",), label=_("Brouillon enregistré"))
DRAFT_READ = event("referral.draft_read", label=_("Brouillon consulté"))
SUBMITTED = event(
    "referral.submitted", facts=("danger", "parties", "incidents"), label=_("Saisine transmise")
)
ACKNOWLEDGED = event("referral.acknowledged", label=_("Saisine prise en charge"))
TRIAGED = event(
    "referral.triaged", facts=("gravity", "urgency"), label=_("Gravité et urgence évaluées")
)
PROSECUTOR_NAMED = event(
    "referral.prosecutor_named", facts=("to_agency",), label=_("Parquet désigné")
)
UNHEARD = event("referral.unheard", label=_("Saisine arrivée sans personne à la coordination"))
ACTIVATED = event("referral.activated", label=_("Cellule activée"))
ORDERS_GIVEN = event(
    "prosecutor.orders",
    facts=("acts_frozen", "interviews_paused", "compartments"),
    label=_("Consignes du parquet changées"),
)
RESOLVED = event("referral.resolved", facts=("outcome",), label=_("Issue constatée"))
CLOSED = event("referral.closed", label=_("Dossier clos"))

CASE_READ = event("case.read", facts=("compartments",), label=_("Dossier consulté"))
LIST_READ = event("case.list_read", facts=("filter", "shown"), label=_("Liste consultée"))
ACCESS_EXPLAINED = event(
    "access.explained", facts=("person",), label=_("Droits d'une personne expliqués")
)
READERS_READ = event("case.readers_read", label=_("Liste de qui voit le dossier consultée"))
IDENTITY_REVEALED = event("identity.revealed", facts=("role",), label=_("Nom affiché"))
SEARCHED = event("case.searched", facts=("found",), label=_("Recherche de dossier existant"))

SEARCHED_WITHIN = event(
    "case.searched_within",
    facts=("criteria", "hits", "read", "of"),
    label=_("Recherche dans ses dossiers"),
)

CASE_KEY_ROTATED = event("key.case_rotated", label=_("Clé d'un dossier changée"))
PERIOD_KEY_ROTATED = event(
    "key.period_rotated", facts=("period",), label=_("Clé d'une période changée")
)
CASE_SHREDDED = event("case.shredded", label=_("Dossier détruit"))
PERIOD_SHREDDED = event(
    "key.period_shredded", facts=("period", "cases"), label=_("Période détruite")
)

SHARE_PROPOSED = event(
    "share.proposed",
    facts=("compartments", "purpose", "to_agency", "expires_on"),
    label=_("Partage proposé"),
)
SHARE_PREVIEWED = event(
    "share.previewed",
    facts=("compartments", "to_agency"),
    label=_("Aperçu de ce qu'un service verra"),
)
GLASS_BROKEN = event("glass.broken", facts=("compartments",), label=_("Accès d'urgence ouvert"))
GLASS_CLOSED = event("glass.closed", label=_("Accès d'urgence refermé"))
GLASS_CONCLUDED = event("glass.concluded", facts=("conclusion",), label=_("Accès d'urgence relu"))
SHARE_ACCEPTED = event("share.accepted", facts=("share",), label=_("Partage accepté"))
SHARE_REFUSED = event("share.refused", facts=("share", "reason"), label=_("Partage refusé"))
SHARE_REVOKED = event("share.revoked", facts=("share",), label=_("Partage retiré"))
SHARE_RENEWED = event(
    "share.renewed", facts=("share", "reason", "expires_on"), label=_("Partage prolongé")
)

REQUEST_MADE = event(
    "request.made", facts=("request_kind", "compartments"), label=_("Demande d'un service")
)
REQUEST_ANSWERED = event(
    "request.answered",
    facts=("request", "granted", "refused"),
    label=_("Demande d'un service répondue"),
)
REQUEST_WITHDRAWN = event(
    "request.withdrawn", facts=("request",), label=_("Demande d'un service retirée")
)

MEASURE_ADDED = event("measure.added", facts=("measure_kind", "due_on"), label=_("Mesure décidée"))
MEASURE_DONE = event("measure.done", facts=("measure",), label=_("Mesure faite"))
MEASURE_HANDED_OVER = event(
    "measure.handed_over",
    facts=("to_agency", "due_on"),
    label=_("Mesure confiée à un autre service"),
)
FEEDBACK_SENT = event(
    "feedback.sent", facts=("code",), label=_("Réponse envoyée à l'établissement")
)

DOCUMENT_ADDED = event("document.added", facts=("part", "nature"), label=_("Document ajouté"))
DOCUMENT_CHECKED = event("document.checked", facts=("verdict",), label=_("Document vérifié"))
DOCUMENT_COPIED = event("document.copied", facts=("to_agency",), label=_("Copie caviardée faite"))
DOCUMENT_DESTROYED = event("document.destroyed", facts=("cause",), label=_("Document détruit"))
DOCUMENT_READ = event("document.read", facts=("how",), label=_("Document consulté"))

EXPORT_ASKED = event("export.asked", facts=("receipt", "form", "goal"), label=_("Export demandé"))
PERSON_WANTED = event("person.wanted", label=_("Données d'un élève demandées"))
EXPORT_MADE = event(
    "export.made",
    facts=("receipt", "form", "goal", "compartments", "bytes", "sha256"),
    label=_("Export préparé"),
)
EXPORT_TAKEN = event("export.taken", facts=("receipt",), label=_("Export téléchargé"))
EXPORT_DELETED = event("export.deleted", facts=("receipt",), label=_("Export supprimé"))

word("compartments", _("Parties du dossier"), **{part.code: part.label for part in Compartment})
word("part", _("Partie du dossier"), **{part.code: part.label for part in Compartment})
word("nature", _("Document"), **dict(Nature.choices))
word("cause", _("Motif"), **dict(Reason.choices))
word("how", _("Comment"), download=_("téléchargé"), preview=_("affiché"))
word("granted", _("Accordé"), **{part.code: part.label for part in Compartment})
word("refused", _("Refusé"), **{part.code: part.label for part in Compartment})
word("request_kind", _("Demande"), **dict(RequestKind.choices))
word("acts_frozen", _("Actes des autres services suspendus"))
word("interviews_paused", _("Entretiens suspendus"))
word("verdict", _("Résultat"), ready=_("rien trouvé"), infected=_("virus trouvé"))
word("conclusion", _("Conclusion"), **dict(Conclusion.choices))
word("person", _("Personne"))
word("receipt", _("Numéro de reçu"))
word("form", _("Fichier"), pdf="PDF", json="JSON", csv="CSV")
word("goal", _("But"), **dict(ExportPurpose.choices))
word("bytes", _("Octets"))
word("sha256", _("Empreinte SHA-256"))
word("danger", _("Danger immédiat"))
word("parties", _("Personnes"))
word("incidents", _("Faits"))
word("version", _("Version"))
word("gravity", _("Gravité"))
word("urgency", _("Urgence"), **dict(Urgency.choices))
word("outcome", _("Issue"), **dict(Outcome.choices))
word("role", _("Rôle de l'élève"), **dict(PartyRole.choices))
word("found", _("Dossier trouvé"))
word(
    "criteria",
    _("Critères"),
    words=_("mots"),
    reference=_("référence"),
    school=_("établissement"),
    state=_("étape"),
    urgency=_("urgence"),
    dates=_("dates"),
    pupil=_("élève"),
)
word("period", _("Période"))
word("cases", _("Dossiers"))
word("hits", _("Dossiers trouvés"))
word("read", _("Dossiers lus"))
word("of", _("Dossiers à lire"))
word("purpose", _("Pourquoi"), **dict(Purpose.choices))
word("reason", _("Motif"), **dict(RefusalReason.choices), **dict(RenewalReason.choices))
word("to_agency", _("Service"))
word("expires_on", _("Jusqu'au"))
word("measure_kind", _("Mesure"), **dict(MeasureKind.choices))
word("due_on", _("Avant le"))
word("code", _("Réponse"), **dict(FeedbackCode.choices))
word(
    "filter",
    _("Liste"),
    all=_("tous les dossiers"),
    to_triage=_("à évaluer"),
    to_activate=_("à activer"),
    active=_("en cours"),
    living=_("en cours"),
    ended=_("terminés"),
    drafts=_("brouillons"),
    shares=_("partages"),
    received=_("ce que l'organisme a reçu"),
    glass=_("accès d'urgence"),
)
