"""What the record can hold about a case: kinds, and the only facts each may carry."""

from django.utils.translation import gettext_lazy as _

from audit import Keeps, Shape, event, states, word
from referrals.compartments import Compartment
from referrals.models.case import Outcome, Urgency
from referrals.models.content import PartyRole
from referrals.models.document import DocumentState, Nature, Reason
from referrals.models.export import ExportPurpose
from referrals.models.glass import Conclusion, Emergency
from referrals.models.history import FeedbackCode, MeasureKind, MeasureState
from referrals.models.request import RequestKind, RequestState
from referrals.models.share import Purpose, RefusalReason, RenewalReason, ShareState
from referrals.rights import Right
from referrals.states import State

ORDINARY, CONTROL = Keeps.ORDINARY, Keeps.CONTROL

MOTIVE = ("right", "by", "purpose")
"""By what right something is read: which share or emergency, and what the share is for."""

CASE = states("case", _("Étape du dossier"), dict(State.choices))
SHARE = states("share", _("État du partage"), dict(ShareState.choices))
MEASURE = states("measure", _("État de la mesure"), dict(MeasureState.choices))
REQUEST = states("request", _("État de la demande"), dict(RequestState.choices))
DOCUMENT = states("document", _("État du document"), dict(DocumentState.choices))
GLASS = states(
    "glass", _("Accès d'urgence"), {"open": _("ouvert"), "closed": _("refermé avant l'heure")}
)
REVIEW = states("review", _("Relecture"), dict(Conclusion.choices))
ORDERS = states(
    "orders",
    _("Consignes du parquet"),
    {
        "acts_frozen": _("actes des autres services suspendus"),
        "interviews_paused": _("entretiens suspendus"),
        **{f"closed:{part.code}": part.label for part in Compartment},
    },
    settings={"closed": _("fermé à tout nouveau partage")},
)

DRAFT_STARTED = event(
    "referral.draft_started", keeps=ORDINARY, label=_("Saisine commencée"), moves=CASE
)
DRAFT_SAVED = event(
    "referral.draft_saved", keeps=ORDINARY, facts=("version",), label=_("Brouillon enregistré")
)
DRAFT_READ = event(
    "referral.draft_read", keeps=ORDINARY, facts=MOTIVE, label=_("Brouillon consulté")
)
SUBMITTED = event(
    "referral.submitted",
    keeps=ORDINARY,
    facts=("danger", "parties", "incidents"),
    label=_("Saisine transmise"),
    moves=CASE,
)
ACKNOWLEDGED = event(
    "referral.acknowledged", keeps=ORDINARY, label=_("Saisine prise en charge"), moves=CASE
)
TRIAGED = event(
    "referral.triaged",
    keeps=ORDINARY,
    facts=("gravity", "urgency"),
    label=_("Gravité et urgence évaluées"),
    moves=CASE,
)
PROSECUTOR_NAMED = event(
    "referral.prosecutor_named", keeps=ORDINARY, facts=("to_agency",), label=_("Parquet désigné")
)
UNHEARD = event(
    "referral.unheard", keeps=CONTROL, label=_("Saisine arrivée sans personne à la coordination")
)
ACTIVATED = event("referral.activated", keeps=ORDINARY, label=_("Cellule activée"), moves=CASE)
ORDERS_GIVEN = event(
    "prosecutor.orders",
    keeps=CONTROL,
    facts=("acts_frozen", "interviews_paused", "compartments"),
    label=_("Consignes du parquet changées"),
    moves=ORDERS,
)
RESOLVED = event(
    "referral.resolved",
    keeps=ORDINARY,
    facts=("outcome",),
    label=_("Issue constatée"),
    moves=CASE,
)
CLOSED = event("referral.closed", keeps=ORDINARY, label=_("Dossier clos"), moves=CASE)

CASE_READ = event(
    "case.read",
    keeps=ORDINARY,
    facts=("compartments", *MOTIVE),
    label=_("Dossier consulté"),
)
LIST_READ = event(
    "case.list_read", keeps=ORDINARY, facts=("filter", "shown", "right"), label=_("Liste consultée")
)
ACCESS_EXPLAINED = event(
    "access.explained",
    keeps=CONTROL,
    facts=("person", *MOTIVE),
    label=_("Droits d'une personne expliqués"),
)
READERS_READ = event(
    "case.readers_read",
    keeps=ORDINARY,
    facts=MOTIVE,
    label=_("Liste de qui voit le dossier consultée"),
)
IDENTITY_REVEALED = event(
    "identity.revealed",
    keeps=ORDINARY,
    facts=("role", *MOTIVE),
    label=_("Nom affiché"),
)
SEARCHED = event(
    "case.searched",
    keeps=ORDINARY,
    facts=("found", "right"),
    label=_("Recherche de dossier existant"),
)

SEARCHED_WITHIN = event(
    "case.searched_within",
    keeps=ORDINARY,
    facts=("criteria", "hits", "read", "of", "right"),
    label=_("Recherche dans ses dossiers"),
)

CASE_KEY_ROTATED = event("key.case_rotated", keeps=CONTROL, label=_("Clé d'un dossier changée"))
PERIOD_KEY_ROTATED = event(
    "key.period_rotated", keeps=CONTROL, facts=("period",), label=_("Clé d'une période changée")
)
CASE_SHREDDED = event("case.shredded", keeps=CONTROL, label=_("Dossier détruit"))
PERIOD_SHREDDED = event(
    "key.period_shredded", keeps=CONTROL, facts=("period", "cases"), label=_("Période détruite")
)

SHARE_PROPOSED = event(
    "share.proposed",
    keeps=ORDINARY,
    facts=("compartments", "purpose", "to_agency", "expires_on"),
    label=_("Partage proposé"),
    moves=SHARE,
)
SHARE_PREVIEWED = event(
    "share.previewed",
    keeps=ORDINARY,
    facts=("compartments", "to_agency", *MOTIVE),
    label=_("Aperçu de ce qu'un service verra"),
)
GLASS_BROKEN = event(
    "glass.broken",
    keeps=CONTROL,
    facts=("compartments", "emergency"),
    label=_("Accès d'urgence ouvert"),
    moves=GLASS,
)
GLASS_CLOSED = event("glass.closed", keeps=CONTROL, label=_("Accès d'urgence refermé"), moves=GLASS)
GLASS_CONCLUDED = event(
    "glass.concluded", keeps=CONTROL, label=_("Accès d'urgence relu"), moves=REVIEW
)
SHARE_ACCEPTED = event(
    "share.accepted", keeps=ORDINARY, facts=("share",), label=_("Partage accepté"), moves=SHARE
)
SHARE_REFUSED = event(
    "share.refused",
    keeps=ORDINARY,
    facts=("share", "reason"),
    label=_("Partage refusé"),
    moves=SHARE,
)
SHARE_REVOKED = event(
    "share.revoked", keeps=ORDINARY, facts=("share",), label=_("Partage retiré"), moves=SHARE
)
SHARE_RENEWED = event(
    "share.renewed",
    keeps=ORDINARY,
    facts=("share", "reason", "expired_on", "expires_on"),
    label=_("Partage prolongé"),
)

REQUEST_MADE = event(
    "request.made",
    keeps=ORDINARY,
    facts=("request_kind", "compartments"),
    label=_("Demande d'un service"),
    moves=REQUEST,
)
REQUEST_READ = event(
    "request.read",
    keeps=ORDINARY,
    facts=("request", *MOTIVE),
    label=_("Demande d'un service consultée"),
)
REQUEST_LAPSED = event(
    "request.lapsed",
    keeps=ORDINARY,
    facts=("request",),
    label=_("Demande d'un service restée sans réponse"),
    moves=REQUEST,
)
REQUEST_ANSWERED = event(
    "request.answered",
    keeps=ORDINARY,
    facts=("request", "granted", "refused"),
    label=_("Demande d'un service répondue"),
    moves=REQUEST,
)
REQUEST_WITHDRAWN = event(
    "request.withdrawn",
    keeps=ORDINARY,
    facts=("request",),
    label=_("Demande d'un service retirée"),
    moves=REQUEST,
)

MEASURE_ADDED = event(
    "measure.added",
    keeps=ORDINARY,
    facts=("measure_kind", "due_on"),
    label=_("Mesure décidée"),
    moves=CASE,
)
MEASURE_DONE = event(
    "measure.done", keeps=ORDINARY, facts=("measure",), label=_("Mesure faite"), moves=MEASURE
)
MEASURE_HANDED_OVER = event(
    "measure.handed_over",
    keeps=ORDINARY,
    facts=("to_agency", "due_on"),
    label=_("Mesure confiée à un autre service"),
)
FEEDBACK_SENT = event(
    "feedback.sent", keeps=ORDINARY, facts=("code",), label=_("Réponse envoyée à l'établissement")
)

DOCUMENT_ADDED = event(
    "document.added",
    keeps=ORDINARY,
    facts=("part", "nature"),
    label=_("Document ajouté"),
    moves=DOCUMENT,
)
DOCUMENT_CHECKED = event(
    "document.checked", keeps=ORDINARY, label=_("Document vérifié"), moves=DOCUMENT
)
DOCUMENT_COPIED = event(
    "document.copied",
    keeps=ORDINARY,
    facts=("to_agency", *MOTIVE),
    label=_("Copie caviardée faite"),
    moves=DOCUMENT,
)
DOCUMENT_DESTROYED = event(
    "document.destroyed",
    keeps=CONTROL,
    facts=("cause",),
    label=_("Document détruit"),
    moves=DOCUMENT,
)
DOCUMENT_READ = event(
    "document.read",
    keeps=ORDINARY,
    facts=("how", *MOTIVE),
    label=_("Document consulté"),
)

EXPORT_ASKED = event(
    "export.asked", keeps=CONTROL, facts=("receipt", "form", "goal"), label=_("Export demandé")
)
PERSON_WANTED = event(
    "person.wanted", keeps=CONTROL, facts=("goal",), label=_("Données d'un élève demandées")
)
EXPORT_MADE = event(
    "export.made",
    keeps=CONTROL,
    facts=("receipt", "form", "goal", "compartments", "bytes", "sha256"),
    label=_("Export préparé"),
)
EXPORT_TAKEN = event(
    "export.taken", keeps=CONTROL, facts=("receipt", "goal"), label=_("Export téléchargé")
)
EXPORT_DELETED = event(
    "export.deleted", keeps=CONTROL, facts=("receipt",), label=_("Export supprimé")
)

OF_STEP = {
    "submit": SUBMITTED,
    "acknowledge": ACKNOWLEDGED,
    "triage": TRIAGED,
    "activate": ACTIVATED,
    "resolve": RESOLVED,
    "close": CLOSED,
}
"""The kind of each step of a case. The plan is made by a first measure, which says so itself."""

word("compartments", _("Parties du dossier"), **{part.code: part.label for part in Compartment})
word("part", _("Partie du dossier"), **{part.code: part.label for part in Compartment})
word("nature", _("Document"), **dict(Nature.choices))
word("cause", _("Motif"), **dict(Reason.choices))
word(
    "how",
    _("Comment"),
    download=_("téléchargé"),
    preview=_("affiché"),
    details=_("fiche du document"),
)
word("granted", _("Accordé"), **{part.code: part.label for part in Compartment})
word("refused", _("Refusé"), **{part.code: part.label for part in Compartment})
word("request_kind", _("Demande"), **dict(RequestKind.choices))
word("acts_frozen", _("Actes des autres services suspendus"), Shape.YES)
word("interviews_paused", _("Entretiens suspendus"), Shape.YES)
word("emergency", _("Ce qui presse"), **dict(Emergency.choices))
word("right", _("De quel droit"), **dict(Right.choices))
word("by", _("Partage ou accès d'urgence"), Shape.ID)
word("share", _("Partage"), Shape.ID)
word("request", _("Demande"), Shape.ID)
word("measure", _("Mesure"), Shape.ID)
word("person", _("Personne"), Shape.ID)
word("receipt", _("Numéro de reçu"), Shape.RECEIPT)
word("form", _("Fichier"), pdf="PDF", json="JSON", csv="CSV")
word("goal", _("But"), **dict(ExportPurpose.choices))
word("bytes", _("Octets"), Shape.COUNT)
word("sha256", _("Empreinte SHA-256"), Shape.DIGEST)
word("danger", _("Danger immédiat"), Shape.YES)
word("parties", _("Personnes"), Shape.COUNT)
word("incidents", _("Faits"), Shape.COUNT)
word("version", _("Version"), Shape.COUNT)
word("gravity", _("Gravité"), Shape.COUNT)
word("urgency", _("Urgence"), **dict(Urgency.choices))
word("outcome", _("Issue"), **dict(Outcome.choices))
word("role", _("Rôle de l'élève"), **dict(PartyRole.choices))
word("found", _("Dossier trouvé"), Shape.YES)
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
word("period", _("Période"), Shape.PERIOD)
word("cases", _("Dossiers"), Shape.COUNT)
word("hits", _("Dossiers trouvés"), Shape.COUNT)
word("read", _("Dossiers lus"), Shape.COUNT)
word("of", _("Dossiers à lire"), Shape.COUNT)
word("purpose", _("Pourquoi"), **dict(Purpose.choices))
word("reason", _("Motif"), **dict(RefusalReason.choices), **dict(RenewalReason.choices))
word("to_agency", _("Service"), Shape.ID)
word("expires_on", _("Jusqu'au"), Shape.DAY)
word("expired_on", _("Échéance précédente"), Shape.DAY)
word("measure_kind", _("Mesure"), **dict(MeasureKind.choices))
word("due_on", _("Avant le"), Shape.DAY)
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
    exports=_("exports"),
    left_behind=_("à réattribuer"),
)

# No entry says these any more; the journal words them while it keeps an entry that did.
word("conclusion", _("Conclusion"), **dict(Conclusion.choices))
word("verdict", _("Résultat"), ready=_("rien trouvé"), infected=_("virus trouvé"))
