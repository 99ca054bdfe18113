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

WITNESS_ADDED = event(
    "witness.added",
    keeps=Keeps.CONTROL,
    facts=("sha256",),
    label=_("Clé de témoin ajoutée"),
)
WITNESS_WITHDRAWN = event(
    "witness.withdrawn", keeps=Keeps.CONTROL, facts=(), label=_("Clé de témoin retirée")
)
COSIGNED = event(
    "witness.cosigned",
    keeps=Keeps.CONTROL,
    facts=("entries", "number"),
    label=_("Journal cosigné"),
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
    facts=("extract", "filters", "sha256", "entries"),
    label=_("Journal exporté"),
)
word("extract", _("Export"), Shape.ID)
word("sha256", _("Empreinte SHA-256"), Shape.DIGEST)
