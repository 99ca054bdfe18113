"""What the record says about itself, and about every refusal."""

from django.utils.translation import gettext_lazy as _

from audit.registry import Keeps, event, word
from audit.shapes import Shape

ORDINARY, CONTROL = Keeps.ORDINARY, Keeps.CONTROL

READ = event("audit.read", keeps=CONTROL, facts=("filters", "shown"), label=_("Journal consulté"))
VERIFIED = event(
    "audit.verified",
    keeps=CONTROL,
    facts=("entries", "checkpoints", "findings"),
    label=_("Journal vérifié"),
)
STATE_READ = event(
    "audit.state_read",
    keeps=CONTROL,
    facts=("entries",),
    label=_("État du journal consulté"),
)
CHECKPOINT_TAKEN = event(
    "audit.checkpoint_taken",
    keeps=CONTROL,
    facts=("entries",),
    label=_("Empreinte du journal relevée"),
)
READMITTED = event(
    "audit.readmitted",
    keeps=CONTROL,
    facts=("entries",),
    label=_("Journal d'une cellule repris après réparation"),
)
LOSS_ACCEPTED = event(
    "audit.loss_accepted",
    keeps=CONTROL,
    facts=("entries", "lost"),
    label=_("Journal repris d'une copie plus ancienne"),
)
LOG_KEY_ROTATED = event(
    "audit.key_rotated", keeps=CONTROL, facts=("number",), label=_("Clé du journal changée")
)
EPOCH_BEGUN = event(
    "audit.epoch_begun",
    keeps=CONTROL,
    facts=("epoch",),
    label=_("Nouvelle époque du journal commencée"),
)
KEYS_SAVED = event(
    "key.saved", keeps=CONTROL, facts=("number",), label=_("Clés de période enregistrées à part")
)
KEYS_RESTORED = event(
    "key.restored", keeps=CONTROL, facts=("number",), label=_("Clés de période remises")
)
LETTERS_RETRIED = event(
    "outbox.retried", keeps=CONTROL, facts=("number",), label=_("Envois remis en route")
)
REFUSED = event("access.refused", keeps=CONTROL, facts=("operation",), label=_("Demande refusée"))

word("entries", _("Entrées"), Shape.COUNT)
word("checkpoints", _("Points de contrôle"), Shape.COUNT)
word("findings", _("Anomalies"), Shape.COUNT)
word("lost", _("Entrées perdues"), Shape.COUNT)
word("epoch", _("Époque"), Shape.COUNT)
word("number", _("Nombre"), Shape.COUNT)
word("operation", _("Opération"), Shape.OPERATION)
word("shown", _("Lignes affichées"), Shape.COUNT)
word(
    "filters",
    _("Filtres"),
    case=_("dossier"),
    subject=_("nom ou document"),
    actor=_("personne"),
    agency=_("organisme"),
    group=_("nature"),
    kind=_("événement"),
    channel=_("moyen"),
    outcome=_("résultat"),
    since=_("depuis"),
    until=_("jusqu'à"),
)
