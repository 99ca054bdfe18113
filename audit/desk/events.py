"""What the record says about who reads it."""

from django.utils.translation import gettext_lazy as _

from audit.registry import Keeps, event, word
from audit.shapes import Shape

CONTROL = Keeps.CONTROL
CONCLUSIONS = {
    "justified": _("Justifié par le travail"),
    "explained": _("Expliqué par la personne ou l'organisme"),
    "to_follow": _("À suivre"),
    "breach": _("Manquement signalé"),
}

FINDINGS_READ = event(
    "finding.list_read", keeps=CONTROL, facts=("shown",), label=_("Constats consultés")
)
EXPORT_ASKED = event(
    "audit.export_asked",
    keeps=CONTROL,
    facts=("extract", "filters"),
    label=_("Export du journal demandé"),
)
EXPORT_TAKEN = event(
    "audit.export_taken",
    keeps=CONTROL,
    facts=("extract", "sha256"),
    label=_("Export du journal téléchargé"),
)
EXPORT_DELETED = event(
    "audit.export_deleted",
    keeps=CONTROL,
    facts=("extract",),
    label=_("Fichier d'un export supprimé"),
)
CONCLUDED = event(
    "finding.concluded",
    keeps=CONTROL,
    facts=("rule", "about_person", "about_agency", "found_on", "finding_conclusion"),
    label=_("Constat conclu"),
)

OWN_READ = event(
    "audit.own_read", keeps=CONTROL, facts=("shown",), label=_("Son propre journal consulté")
)

word(
    "rule",
    _("Constat"),
    bulk=_("lecture en masse"),
    night=_("lecture de nuit"),
    unassigned=_("lecture sans mission"),
    glass=_("accès d'urgence non relu"),
    unused=_("partages jamais utilisés"),
)
word("about_person", _("Personne concernée"), Shape.ID)
word("about_agency", _("Organisme concerné"), Shape.ID)
word("found_on", _("Jour du constat"), Shape.DAY)
word("finding_conclusion", _("Conclusion"), **CONCLUSIONS)
