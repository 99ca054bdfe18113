"""What the record says about those who hold it to its word."""

from django.utils.translation import gettext_lazy as _

from audit.registry import Keeps, event, word
from audit.shapes import Shape
from audit.steps import states
from audit.witnessing.wording import REASONS, STATES

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

ASIDE = states(
    "copies_aside",
    _("Mise à l'écart"),
    {code: label for code, (label, _tone) in STATES.items()},
)
_COPIES = ("aside", "aside_reason", "copies", "copy_sizes")
ASIDE_PROPOSED = event(
    "witness.aside_proposed",
    keeps=Keeps.CONTROL,
    facts=_COPIES,
    label=_("Mise à l'écart de copies du journal proposée"),
    moves=ASIDE,
)
ASIDE_SIGNED = event(
    "witness.aside_signed",
    keeps=Keeps.CONTROL,
    facts=_COPIES,
    label=_("Copies qui contredisent le journal mises à l'écart"),
    moves=ASIDE,
)
ASIDE_WITHDRAWN = event(
    "witness.aside_withdrawn",
    keeps=Keeps.CONTROL,
    facts=("aside",),
    label=_("Mise à l'écart de copies du journal retirée"),
    moves=ASIDE,
)
ASIDE_LAPSED = event(
    "witness.aside_lapsed",
    keeps=Keeps.CONTROL,
    facts=("aside",),
    label=_("Mise à l'écart de copies du journal abandonnée faute de signature"),
    moves=ASIDE,
)
word("aside", _("Mise à l'écart"), Shape.ID)
word("aside_reason", _("Motif de la mise à l'écart"), **REASONS)
word("copies", _("Copies (empreintes SHA-256)"), Shape.DIGEST)
word("copy_sizes", _("Entrées sous ces copies"), Shape.COUNT)

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
