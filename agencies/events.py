"""What this app writes in the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from agencies.models.absence import AbsenceState
from agencies.models.agency import AgencyKind
from agencies.models.invitation import Invitation
from agencies.models.policy import Activation, Reporting
from agencies.models.territory import CoverFunction
from agencies.roles import Role
from agencies.rule_words import RULE_WORDS
from audit import Keeps, Shape, event, states, word

ORDINARY, CONTROL = Keeps.ORDINARY, Keeps.CONTROL

ROLES = states("roles", _("Rôles"), dict(Role.choices))
RULES = states(
    "rules",
    _("Règles"),
    {
        **{f"activation:{code}": wording for code, wording in Activation.choices},
        **{f"reporting:{code}": wording for code, wording in Reporting.choices},
    },
    settings=RULE_WORDS,
)

INVITATION = states("invitation", _("État de l'invitation"), dict(Invitation.State.choices))
COVER = states("cover", _("État du remplacement"), dict(AbsenceState.choices))

PASSWORD = event("signin.password", keeps=CONTROL, label=_("Mot de passe"))
CODE = event("signin.code", keeps=CONTROL, facts=("factor",), label=_("Second facteur"))
PASSKEY = event("signin.passkey", keeps=CONTROL, label=_("Clé d'accès sans mot de passe"))
FACTOR_ADDED = event(
    "signin.factor_added", keeps=CONTROL, facts=("factor",), label=_("Second facteur ajouté")
)
FACTOR_REMOVED = event(
    "signin.factor_removed", keeps=CONTROL, facts=("factor",), label=_("Second facteur retiré")
)
FACTOR_RENAMED = event(
    "signin.factor_renamed", keeps=CONTROL, facts=("factor",), label=_("Second facteur renommé")
)
CODES_PRINTED = event("signin.codes_printed", keeps=CONTROL, label=_("Codes de secours imprimés"))
REPLACEMENT_ASKED = event(
    "signin.replacement_asked", keeps=CONTROL, label=_("Remplacement de tous les facteurs demandé")
)
REPLACEMENT_USED = event("signin.replacement_used", keeps=CONTROL, label=_("Facteurs remplacés"))
REPLACEMENT_AGREED = event(
    "factor.replacement_agreed",
    keeps=CONTROL,
    facts=("account", "step"),
    label=_("Remplacement de facteurs approuvé"),
)
REPLACEMENT_LINKED = event(
    "factor.replacement_linked",
    keeps=CONTROL,
    facts=("account",),
    label=_("Lien de remplacement remis"),
)
REPLACEMENT_CANCELLED = event(
    "factor.replacement_cancelled",
    keeps=CONTROL,
    facts=("account",),
    label=_("Remplacement de facteurs annulé"),
)
OPENED = event("signin.opened", keeps=CONTROL, facts=("factor",), label=_("Session ouverte"))
RENEWED = event(
    "signin.renewed", keeps=CONTROL, facts=("factor",), label=_("Identité confirmée de nouveau")
)
CLOSED = event("signin.closed", keeps=ORDINARY, label=_("Session fermée"))
PROVIDER = event("signin.provider", keeps=CONTROL, label=_("Identité présentée par un fournisseur"))
IDENTITY_LINKED = event(
    "signin.identity_linked", keeps=CONTROL, label=_("Identité associée au compte")
)
IDENTITY_UNLINKED = event(
    "signin.identity_unlinked", keeps=CONTROL, label=_("Identité retirée du compte")
)
ENDED_BY_PROVIDER = event(
    "signin.ended_by_provider",
    keeps=CONTROL,
    facts=("way",),
    label=_("Session fermée par le fournisseur"),
)

PROVIDER_ALLOWED = event(
    "cell.provider_allowed", keeps=CONTROL, label=_("Fournisseur d'identité accepté")
)
PROVIDER_WITHDRAWN = event(
    "cell.provider_withdrawn", keeps=CONTROL, label=_("Fournisseur d'identité retiré")
)

SESSIONS_ENDED = event(
    "session.ended", keeps=CONTROL, facts=("sessions",), label=_("Autres sessions fermées")
)
CHARTER_SIGNED = event(
    "charter.signed", keeps=CONTROL, facts=("version",), label=_("Charte signée")
)
CHARTER_ADOPTED = event(
    "charter.adopted", keeps=CONTROL, facts=("version",), label=_("Nouvelle version de la charte")
)

PEOPLE_READ = event(
    "people.read",
    keeps=ORDINARY,
    facts=("people_list", "shown"),
    label=_("Liste de personnes consultée"),
)
PERSON_READ = event(
    "person.read", keeps=ORDINARY, facts=("account",), label=_("Fiche d'une personne consultée")
)
SCHOOLS_IMPORTED = event(
    "directory.imported",
    keeps=CONTROL,
    facts=("schools",),
    label=_("Annuaire des établissements lu"),
)
REFERENCE_IMPORTED = event(
    "reference.imported", keeps=CONTROL, facts=("table", "rows"), label=_("Table publique chargée")
)
word("schools", _("Établissements"), Shape.COUNT)
word("rows", _("Lignes"), Shape.COUNT)
word(
    "table",
    _("Table"),
    academies=_("académies"),
    departements=_("départements"),
    communes=_("communes"),
    courts=_("tribunaux"),
)
word(
    "people_list",
    _("Liste"),
    people=_("personnes et invitations"),
    to_confirm=_("à confirmer"),
    replacements=_("facteurs à remplacer"),
    tokens=_("jetons des systèmes"),
)

CELL_FOUNDED = event("cell.founded", keeps=CONTROL, label=_("Cellule créée"))
AGENCY_ENROLLED = event("agency.enrolled", keeps=CONTROL, label=_("Adhésion d'un organisme"))
ACCOUNT_CREATED = event("account.created", keeps=CONTROL, label=_("Compte créé"))
FACTOR_ENROLLED = event(
    "factor.enrolled", keeps=CONTROL, facts=("factor",), label=_("Second facteur remis")
)
MEMBERSHIP_GRANTED = event(
    "membership.granted",
    keeps=CONTROL,
    facts=("account",),
    label=_("Rôle donné à une personne"),
    moves=ROLES,
)
MEMBERSHIP_ENDED = event(
    "membership.ended",
    keeps=CONTROL,
    facts=("account",),
    label=_("Fin du rôle d'une personne"),
    moves=ROLES,
)

INVITATION_PROPOSED = event(
    "invitation.proposed",
    keeps=CONTROL,
    facts=("agency", "roles"),
    label=_("Invitation préparée"),
    moves=INVITATION,
)
INVITATION_CONFIRMED = event(
    "invitation.confirmed",
    keeps=CONTROL,
    facts=("agency", "roles"),
    label=_("Invitation confirmée"),
    moves=INVITATION,
)
INVITATION_SENT = event(
    "invitation.sent", keeps=CONTROL, facts=("agency", "roles"), label=_("Invitation envoyée")
)
INVITATION_REFUSED = event(
    "invitation.refused",
    keeps=CONTROL,
    facts=("agency", "roles"),
    label=_("Invitation refusée"),
    moves=INVITATION,
)
INVITATION_WITHDRAWN = event(
    "invitation.withdrawn",
    keeps=CONTROL,
    facts=("agency", "roles"),
    label=_("Invitation retirée"),
    moves=INVITATION,
)
INVITATION_READ = event(
    "invitation.read", keeps=ORDINARY, facts=("agency",), label=_("Invitation consultée")
)
INVITATION_LAPSED = event(
    "invitation.lapsed",
    keeps=CONTROL,
    label=_("Invitation non confirmée à temps"),
    moves=INVITATION,
)
CLAIMED = event("signin.account_made", keeps=CONTROL, label=_("Compte ouvert sur invitation"))
JOINED = event("signin.joined", keeps=CONTROL, label=_("Invitation acceptée"), moves=ROLES)
DECLINED = event(
    "signin.invitation_declined",
    keeps=CONTROL,
    label=_("Invitation déclinée"),
    moves=INVITATION,
)
ROLE_PROPOSED = event(
    "role.proposed",
    keeps=CONTROL,
    facts=("account", "roles"),
    label=_("Changement de rôle proposé"),
)
ROLE_CHANGED = event(
    "role.changed", keeps=CONTROL, facts=("account",), label=_("Rôle changé"), moves=ROLES
)
ROLE_REFUSED = event(
    "role.refused", keeps=CONTROL, facts=("account", "roles"), label=_("Changement de rôle refusé")
)
ROLE_WITHDRAWN = event(
    "role.withdrawn",
    keeps=CONTROL,
    facts=("account", "roles"),
    label=_("Changement de rôle retiré"),
)
ROLE_CHANGE_LAPSED = event(
    "role.lapsed", keeps=CONTROL, label=_("Changement de rôle non confirmé à temps")
)
SEAT_LEFT = event("signin.seat_left", keeps=ORDINARY, label=_("Rôle quitté pour un autre"))
SEAT_TAKEN = event("signin.seat_taken", keeps=ORDINARY, facts=("roles",), label=_("Rôle pris"))

word(
    "factor",
    _("Facteur"),
    totp=_("Application d'authentification"),
    passkey=_("Clé d'accès"),
    backup=_("Code de secours"),
    oidc=_("Fournisseur d'identité"),
)
word(
    "way",
    _("Voie"),
    server=_("Message du fournisseur"),
    browser=_("Navigateur de la personne"),
)
word("step", _("Étape"), first=_("Premier accord"), second=_("Second accord"))
ROOT_KEY_ROTATED = event("key.root_rotated", keeps=CONTROL, label=_("Clé racine changée"))

word("account", _("Compte"), Shape.ID)
word("roles", _("Rôles"), **dict(Role.choices))

ACCOUNT_SWITCHED_OFF = event(
    "account.switched_off", keeps=CONTROL, label=_("Compte désactivé partout")
)
ACCESS_ENDED = event(
    "access.ended",
    keeps=CONTROL,
    facts=("account", "agency", "why"),
    label=_("Accès d'une personne terminé"),
    moves=ROLES,
)
AGENCY_CUT = event(
    "access.agency_cut",
    keeps=CONTROL,
    facts=("agency", "why", "places"),
    label=_("Accès de tout un organisme coupés"),
)
ACCESSION_ENDED = event(
    "accession.ended",
    keeps=CONTROL,
    facts=("agency", "why", "places"),
    label=_("Fin de l'adhésion"),
)
INTERIM_GIVEN = event(
    "access.interim",
    keeps=CONTROL,
    facts=("account", "roles"),
    label=_("Rôle donné à titre provisoire"),
)
DEPUTY_NAMED = event(
    "deputy.named",
    keeps=CONTROL,
    facts=("account", "deputy", "starts_on", "ends_on"),
    label=_("Remplacement prévu"),
    moves=COVER,
)
DEPUTY_CONFIRMED = event(
    "deputy.confirmed",
    keeps=CONTROL,
    facts=("account", "deputy"),
    label=_("Remplacement confirmé"),
    moves=COVER,
)
DEPUTY_ENDED = event(
    "deputy.ended",
    keeps=CONTROL,
    facts=("account", "deputy"),
    label=_("Remplacement arrêté"),
    moves=COVER,
)
KEY_MADE = event(
    "api_key.made",
    keeps=CONTROL,
    facts=("agency", "scope", "ends_on", "networks"),
    label=_("Jeton d'accès créé"),
)
KEY_REVOKED = event(
    "api_key.revoked", keeps=CONTROL, facts=("agency",), label=_("Jeton d'accès révoqué")
)
KEY_REFUSED = event("signin.key", keeps=CONTROL, label=_("Jeton d'accès présenté"))

word("agency", _("Organisme"), Shape.ID)
word(
    "why",
    _("Motif"),
    left=_("Départ ou changement de poste"),
    duty=_("Changement de mission dans la cellule"),
    compromised=_("Compte ou appareil compromis"),
    breach=_("Manquement à la charte"),
    protocol=_("Fin du protocole ou fermeture"),
    mistake=_("Participation créée par erreur"),
)
word("places", _("Accès terminés"), Shape.COUNT)
word("deputy", _("Remplacement par"), Shape.ID)
word("starts_on", _("À partir du"), Shape.DAY)
word("ends_on", _("Jusqu'au"), Shape.DAY)
word(
    "scope",
    _("Opérations"),
    **{
        "cases.read": _("Lire les dossiers partagés avec l'organisme, sans les noms"),
        "meetings.read": _("Lire les réunions auxquelles l'organisme est convié"),
        "measures.done": _("Marquer une mesure comme faite"),
        "record.witness": _("Suivre la signature du journal, comme témoin"),
        "shares.answer": _("Accepter ou refuser un partage"),
        "shares.read": _("Lire les partages reçus"),
    },
)
word("networks", _("Réseaux permis"), Shape.COUNT)
PROTOCOL_ADDED = event(
    "protocol.added",
    keeps=CONTROL,
    facts=("version", "parties"),
    label=_("Version du protocole enregistrée"),
)
RULES_CHANGED = event(
    "rules.changed",
    keeps=CONTROL,
    facts=("version", "changed"),
    label=_("Règles de la cellule modifiées"),
    moves=RULES,
)
AGENCY_ADDED = event(
    "agency.added", keeps=CONTROL, facts=("agency_kind",), label=_("Organisme créé")
)
ACCESSION_CHANGED = event(
    "accession.changed",
    keeps=CONTROL,
    facts=("until",),
    label=_("Fin d'adhésion d'un organisme fixée"),
)
TERRITORY_CHANGED = event(
    "territory.changed",
    keeps=CONTROL,
    facts=("function", "communes", "services"),
    label=_("Territoire d'un service modifié"),
)

word("account", _("Compte"), Shape.ID)
word("agency_kind", _("Genre d'organisme"), **dict(AgencyKind.choices))
word("until", _("Jusqu'au"), Shape.DAY)
word("function", _("Compétence"), **dict(CoverFunction.choices))
word("communes", _("Communes"), Shape.COUNT)
word("services", _("Services"), Shape.ID)
word("changed", _("Ce qui a changé"), **RULE_WORDS)
word("sessions", _("Sessions"), Shape.COUNT)

# No entry says these any more; the journal words them while it keeps an entry that did.
word("confirmed", _("Confirmé"), Shape.YES)
word("second_person", _("Deuxième personne attendue"), Shape.YES)
