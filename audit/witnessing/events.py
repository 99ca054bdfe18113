"""What the record says about those who hold it to its word."""

from django.utils.translation import gettext_lazy as _

from audit.registry import Keeps, event, word
from audit.shapes import Shape

COMPARED = event(
    "witness.compared",
    keeps=Keeps.CONTROL,
    facts=("entries", "comparison"),
    label=_("Copie du journal comparée"),
)

word(
    "comparison",
    _("Comparaison"),
    extends=_("le journal prolonge la copie"),
    forked=_("ALERTE : le journal a été réécrit"),
    truncated=_("ALERTE : la fin du journal a disparu"),
    unsigned=_("ALERTE : signature inconnue"),
    damaged=_("ALERTE : le journal est abîmé"),
)
EXPORTED = event(
    "audit.exported",
    keeps=Keeps.CONTROL,
    facts=("sha256", "entries"),
    label=_("Journal exporté"),
)
word("sha256", _("Empreinte SHA-256"), Shape.DIGEST)
