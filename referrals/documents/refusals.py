"""Why a file is not accepted, for the person who sends it: what is wrong, and what to do."""

from django.utils.translation import gettext_lazy as _

from kernel.errors import Invalid

WHY = {
    "bomb": _("Ce fichier se déplie en une taille démesurée : il n'est pas accepté."),
    "active": _(
        "Ce fichier contient un programme, un lien caché ou un autre document."
        " Enregistrez-le au format PDF et recommencez."
    ),
    "broken": _(
        "Ce fichier est abîmé : il ne s'ouvre pas. Enregistrez-le de nouveau et recommencez."
    ),
    "locked": _(
        "Ce fichier est protégé par un mot de passe. Retirez la protection et recommencez."
    ),
    "too_many_pages": _("Ce document a plus de 300 pages. Séparez-le en plusieurs."),
    "too_slow": _(
        "Ce fichier demande trop de temps à examiner. Enregistrez-le au format PDF et recommencez."
    ),
    "too_long_to_redact": _("Seuls les documents de 40 pages au plus se caviardent ici."),
    "wrong_type": _("Ce fichier n'est pas d'un type accepté."),
}


def unfit(code: str, field: str = "file") -> Invalid:
    """The refusal of a file, on the field that it was sent with."""
    return Invalid(fields={field: [WHY.get(code, WHY["broken"])]}, code=f"file_{code}")
