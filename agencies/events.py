"""What this app writes in the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from agencies.models.agency import AgencyKind
from agencies.models.territory import CoverFunction
from agencies.roles import Role
from agencies.rule_words import RULE_WORDS
from audit import event, word

PASSWORD = event("signin.password", label=_("Mot de passe"))
CODE = event("signin.code", facts=("factor",), label=_("Second facteur"))
PASSKEY = event("signin.passkey", label=_("Clé d'accès sans mot de passe"))
FACTOR_ADDED = event("signin.factor_added", facts=("factor",), label=_("Second facteur ajouté"))
FACTOR_REMOVED = event("signin.factor_removed", facts=("factor",), label=_("Second facteur retiré"))
FACTOR_RENAMED = event(
    "signin.factor_renamed", facts=("factor",), label=_("Second facteur renommé")
)
CODES_PRINTED = event("signin.codes_printed", label=_("Codes de secours imprimés"))
REPLACEMENT_ASKED = event(
    "signin.replacement_asked", label=_("Remplacement de tous les facteurs demandé")
)
REPLACEMENT_USED = event("signin.replacement_used", label=_("Facteurs remplacés"))
REPLACEMENT_AGREED = event(
    "factor.replacement_agreed",
    facts=("account", "step"),
    label=_("Remplacement de facteurs approuvé"),
)
REPLACEMENT_LINKED = event(
    "factor.replacement_linked", facts=("account",), label=_("Lien de remplacement remis")
)
REPLACEMENT_CANCELLED = event(
    "factor.replacement_cancelled", facts=("account",), label=_("Remplacement de facteurs annulé")
)
OPENED = event("signin.opened", facts=("factor",), label=_("Session ouverte"))
RENEWED = event("signin.renewed", facts=("factor",), label=_("Identité confirmée de nouveau"))
CLOSED = event("signin.closed", label=_("Session fermée"))
PROVIDER = event("signin.provider", label=_("Identité présentée par un fournisseur"))
IDENTITY_LINKED = event("signin.identity_linked", label=_("Identité associée au compte"))
IDENTITY_UNLINKED = event("signin.identity_unlinked", label=_("Identité retirée du compte"))
ENDED_BY_PROVIDER = event(
    "signin.ended_by_provider", facts=("way",), label=_("Session fermée par le fournisseur")
)

PROVIDER_ALLOWED = event("cell.provider_allowed", label=_("Fournisseur d'identité accepté"))
PROVIDER_WITHDRAWN = event("cell.provider_withdrawn", label=_("Fournisseur d'identité retiré"))

SESSIONS_ENDED = event("session.ended", facts=("sessions",), label=_("Autres sessions fermées"))
CHARTER_SIGNED = event("charter.signed", facts=("version",), label=_("Charte signée"))
CHARTER_ADOPTED = event(
    "charter.adopted", facts=("version",), label=_("Nouvelle version de la charte")
)

CELL_FOUNDED = event("cell.founded", label=_("Cellule créée"))
AGENCY_ENROLLED = event("agency.enrolled", label=_("Adhésion d'un organisme"))
ACCOUNT_CREATED = event("account.created", label=_("Compte créé"))
FACTOR_ENROLLED = event("factor.enrolled", facts=("factor",), label=_("Second facteur remis"))
MEMBERSHIP_GRANTED = event(
    "membership.granted", facts=("account", "roles"), label=_("Rôle donné à une personne")
)
MEMBERSHIP_ENDED = event(
    "membership.ended", facts=("account",), label=_("Fin du rôle d'une personne")
)

INVITATION_PROPOSED = event(
    "invitation.proposed",
    facts=("agency", "roles", "second_person"),
    label=_("Invitation préparée"),
)
INVITATION_CONFIRMED = event(
    "invitation.confirmed", facts=("agency", "roles"), label=_("Invitation confirmée")
)
INVITATION_SENT = event("invitation.sent", facts=("agency", "roles"), label=_("Invitation envoyée"))
INVITATION_REFUSED = event(
    "invitation.refused", facts=("agency", "roles"), label=_("Invitation refusée")
)
INVITATION_WITHDRAWN = event(
    "invitation.withdrawn", facts=("agency", "roles"), label=_("Invitation retirée")
)
INVITATION_LAPSED = event("invitation.lapsed", label=_("Invitation non confirmée à temps"))
CLAIMED = event("signin.account_made", label=_("Compte ouvert sur invitation"))
JOINED = event("signin.joined", facts=("roles",), label=_("Invitation acceptée"))
DECLINED = event("signin.invitation_declined", label=_("Invitation déclinée"))
ROLE_PROPOSED = event(
    "role.proposed", facts=("account", "roles"), label=_("Changement de rôle proposé")
)
ROLE_CHANGED = event("role.changed", facts=("account", "roles"), label=_("Rôle changé"))
ROLE_REFUSED = event(
    "role.refused", facts=("account", "roles"), label=_("Changement de rôle refusé")
)
ROLE_WITHDRAWN = event(
    "role.withdrawn", facts=("account", "roles"), label=_("Changement de rôle retiré")
)
ROLE_CHANGE_LAPSED = event("role.lapsed", label=_("Changement de rôle non confirmé à temps"))
SEAT_LEFT = event("signin.seat_left", label=_("Rôle quitté pour un autre"))
SEAT_TAKEN = event("signin.seat_taken", facts=("roles",), label=_("Rôle pris"))

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
ROOT_KEY_ROTATED = event("key.root_rotated", label=_("Clé racine changée"))

word("account", _("Compte"))
word("roles", _("Rôles"), **dict(Role.choices))

ACCOUNT_SWITCHED_OFF = event("account.switched_off", label=_("Compte désactivé partout"))
ACCESS_ENDED = event(
    "access.ended", facts=("account", "agency", "why"), label=_("Accès d'une personne terminé")
)
AGENCY_CUT = event(
    "access.agency_cut",
    facts=("agency", "why", "places"),
    label=_("Accès de tout un organisme coupés"),
)
ACCESSION_ENDED = event(
    "accession.ended", facts=("agency", "why", "places"), label=_("Fin de l'adhésion")
)
INTERIM_GIVEN = event(
    "access.interim", facts=("account", "roles"), label=_("Rôle donné à titre provisoire")
)
DEPUTY_NAMED = event(
    "deputy.named",
    facts=("account", "deputy", "starts_on", "ends_on", "confirmed"),
    label=_("Remplacement prévu"),
)
DEPUTY_CONFIRMED = event(
    "deputy.confirmed", facts=("account", "deputy"), label=_("Remplacement confirmé")
)
DEPUTY_ENDED = event("deputy.ended", facts=("account", "deputy"), label=_("Remplacement arrêté"))
KEY_MADE = event(
    "api_key.made",
    facts=("agency", "scope", "ends_on", "networks"),
    label=_("Jeton d'accès créé"),
)
KEY_REVOKED = event("api_key.revoked", facts=("agency",), label=_("Jeton d'accès révoqué"))
KEY_REFUSED = event("signin.key", label=_("Jeton d'accès présenté"))

word("agency", _("Organisme"))
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
word("places", _("Accès terminés"))
word("deputy", _("Remplacement par"))
word("starts_on", _("À partir du"))
word("ends_on", _("Jusqu'au"))
word("confirmed", _("Confirmé"))
word("scope", _("Opérations"))
word("networks", _("Réseaux permis"))
PROTOCOL_ADDED = event(
    "protocol.added", facts=("version", "parties"), label=_("Version du protocole enregistrée")
)
RULES_CHANGED = event(
    "rules.changed", facts=("version", "changed"), label=_("Règles de la cellule modifiées")
)
AGENCY_ADDED = event("agency.added", facts=("agency_kind",), label=_("Organisme créé"))
ACCESSION_CHANGED = event(
    "accession.changed", facts=("until",), label=_("Fin d'adhésion d'un organisme fixée")
)
TERRITORY_CHANGED = event(
    "territory.changed",
    facts=("function", "communes", "services"),
    label=_("Territoire d'un service modifié"),
)

word("account", _("Compte"))
word("agency_kind", _("Genre d'organisme"), **dict(AgencyKind.choices))
word("until", _("Jusqu'au"))
word("function", _("Compétence"), **dict(CoverFunction.choices))
word("communes", _("Communes"))
word("services", _("Services"))
word("changed", _("Ce qui a changé"), **RULE_WORDS)
word("second_person", _("Deuxième personne attendue"))
word("sessions", _("Sessions"))
