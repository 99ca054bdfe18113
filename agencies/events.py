"""What this app writes in the record."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from audit import event, word

PASSWORD = event("signin.password", label=_("Mot de passe"))
CODE = event("signin.code", facts=("factor",), label=_("Second facteur"))
OPENED = event("signin.opened", facts=("factor",), label=_("Session ouverte"))
RENEWED = event("signin.renewed", facts=("factor",), label=_("Identité confirmée de nouveau"))
CLOSED = event("signin.closed", label=_("Session fermée"))

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

word(
    "factor",
    _("Facteur"),
    totp=_("Application d'authentification"),
    passkey=_("Clé d'accès"),
    backup=_("Code de secours"),
)
word("account", _("Compte"))
word("roles", _("Rôles"))
