"""States, extents and reasons in words."""

from django.utils.translation import gettext_lazy as _

SCOPES = {
    "cell": _("toute la cellule"),
    "case": _("un dossier"),
    "person": _("une personne"),
}
REASONS = {
    "judicial": _("réquisition ou procédure judiciaire"),
    "complaint": _("réclamation ou contentieux"),
    "inspection": _("contrôle ou inspection"),
    "person_request": _("demande d'une personne concernée"),
}
STATES = {
    "proposed": (_("À signer"), "warning"),
    "signed": (_("En préparation"), "info"),
    "named": (_("En cours"), "info"),
    "done": (_("Terminée"), "success"),
    "withdrawn": (_("Retirée"), "neutral"),
    "lapsed": (_("Abandonnée"), "neutral"),
}
