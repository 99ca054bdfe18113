"""What the record says about itself, and about every refusal."""

from django.utils.translation import gettext_lazy as _

from audit.registry import event, word

READ = event("audit.read", facts=("filters", "shown"), label=_("Journal consulté"))
VERIFIED = event(
    "audit.verified",
    facts=("entries", "checkpoints", "findings"),
    label=_("Journal vérifié"),
)
CHECKPOINT_TAKEN = event(
    "audit.checkpoint_taken", facts=("entries",), label=_("Empreinte du journal relevée")
)
REFUSED = event("access.refused", facts=("operation",), label=_("Demande refusée"))

word("entries", _("Entrées"))
word("checkpoints", _("Points de contrôle"))
word("findings", _("Anomalies"))
word("operation", _("Opération"))
word("shown", _("Lignes affichées"))
word(
    "filters",
    _("Filtres"),
    case=_("dossier"),
    actor=_("personne"),
    kind=_("événement"),
    outcome=_("résultat"),
    since=_("depuis"),
    until=_("jusqu'à"),
)
