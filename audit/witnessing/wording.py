"""Why copies are set aside, and how far that has come, in words."""

from django.utils.translation import gettext_lazy as _

REASONS = {
    "restored": _("reprise d'une sauvegarde plus ancienne, perte acceptée"),
    "trial": _("copie d'une installation d'essai qui signe de la même clé"),
    "established": _("réécriture constatée, signalée et traitée"),
}
STATES = {
    "proposed": (_("À signer"), "warning"),
    "signed": (_("Mises à l'écart"), "neutral"),
    "withdrawn": (_("Retirée"), "neutral"),
    "lapsed": (_("Abandonnée"), "neutral"),
}
