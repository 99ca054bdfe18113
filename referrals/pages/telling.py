"""What is said after an act about who has been told: only what is true."""

from uuid import UUID

from django.utils.translation import gettext as _

from agencies.rules import rules_of
from kernel.viewer import Viewer
from referrals import partners
from referrals.models import Case


def acknowledged(viewer: Viewer, case: Case) -> str:
    """The school hears that its referral is in hand, if anybody there still has an access."""
    if partners.somebody_holds(viewer, case.owner_unit):
        return _("La saisine est prise en charge. L'établissement est prévenu.")
    return _(
        "La saisine est prise en charge. Personne dans l'établissement n'a plus d'accès :"
        " prévenez-le par téléphone."
    )


def assessed(viewer: Viewer, case: Case) -> str:
    """The prosecutor's office hears of an assessed referral when it has one and must have it."""
    saved = _("L'évaluation est enregistrée.")
    if case.prosecutor_unit is not None:
        return f"{saved} {_office(viewer, case.prosecutor_unit)}"
    if must_go(viewer, case):
        return f"{saved} " + _("Aucun parquet ne couvre cette commune : désignez-le.")
    return f"{saved} " + _("D'après les règles de la cellule, elle ne va pas d'office au parquet.")


def prosecutor_named(viewer: Viewer, case: Case) -> str:
    """The office that has just been named."""
    return _("Le parquet est désigné.") + " " + _office(viewer, case.prosecutor_unit)


def measured(viewer: Viewer, owner_accession: UUID) -> str:
    """The agency that a measure was given to."""
    owner = partners.partner(viewer, owner_accession)
    if owner is not None and partners.somebody_holds(viewer, owner.unit_id):
        return _("La mesure est enregistrée. Le service est prévenu.")
    return _(
        "La mesure est enregistrée. Personne dans ce service n'a d'accès :"
        " prévenez-le par téléphone."
    )


def must_go(viewer: Viewer, case: Case) -> bool:
    """Whether the cell's rules report this referral to a prosecutor as it stands."""
    danger = case.danger or case.urgency == "immediate"
    return rules_of(viewer.cell_id).goes_to_prosecutor(danger=danger, gravity=case.gravity)


def _office(viewer: Viewer, unit: int | None) -> str:
    if partners.somebody_holds(viewer, unit):
        return _("Le parquet est prévenu.")
    return _("Personne au parquet n'a d'accès : prévenez-le par téléphone.")
