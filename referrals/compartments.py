"""The compartments of a case: what must be hidden separately is a row of its own.

A scope is an integer with one bit per compartment. Bits are stored: never renumber them.
"""

from collections.abc import Iterable
from enum import Enum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HEADER = -1
"""The bit of what belongs to the case itself: seen by whoever may see that the case exists."""


STORY = -2
"""The bit of what happened to the case: seen by whoever reads it, if only in part. To somebody who
merely knows that it exists nothing is told."""


class Compartment(Enum):
    """A part of the case, with its bit and its name for people."""

    IDENTITY_TARGET = (0, "identity_target", _("Identité de l'élève cible"))
    IDENTITY_PRESUMED = (1, "identity_presumed", _("Identité des auteurs présumés"))
    IDENTITY_WITNESS = (2, "identity_witness", _("Identité des témoins"))
    FACTS = (3, "facts", _("Faits"))
    SCHOOL_STEPS = (4, "school_steps", _("Démarches de l'établissement"))
    HEALTH_SOCIAL = (5, "health_social", _("Santé et social (secret professionnel)"))
    JUDICIAL = (6, "judicial", _("Judiciaire (parquet seulement)"))
    LAW_ENFORCEMENT = (7, "law_enforcement", _("Police et gendarmerie"))
    VICTIM_SUPPORT = (8, "victim_support", _("Aide aux victimes"))
    TERRITORIAL = (9, "territorial", _("Collectivités"))
    CELL = (10, "cell", _("Travail de la cellule"))
    FEEDBACK = (11, "feedback", _("Retour à l'établissement"))

    def __init__(self, bit: int, code: str, label: Promise) -> None:
        self.bit, self.code, self.label = bit, code, label

    @property
    def mask(self) -> int:
        """The compartment as a scope of its own."""
        return 1 << self.bit


C = Compartment
BY_CODE = {compartment.code: compartment for compartment in Compartment}


def scope_of(compartments: Iterable[Compartment]) -> int:
    """The scope that holds these compartments."""
    scope = 0
    for compartment in compartments:
        scope |= compartment.mask
    return scope


def compartments_in(scope: int) -> list[Compartment]:
    """The compartments of a scope, in their order."""
    return [compartment for compartment in Compartment if scope & compartment.mask]


IDENTITIES = scope_of([C.IDENTITY_TARGET, C.IDENTITY_PRESUMED, C.IDENTITY_WITNESS])
SCHOOL = IDENTITIES | scope_of([C.FACTS, C.SCHOOL_STEPS, C.FEEDBACK])
COORDINATION = SCHOOL | scope_of([C.VICTIM_SUPPORT, C.TERRITORIAL, C.CELL])
PROSECUTION = SCHOOL | scope_of([C.JUDICIAL, C.LAW_ENFORCEMENT, C.CELL])
EVERYTHING = scope_of(Compartment)

# Kept by check constraints as well (domain rules: art. 11 CPP; secrecy, L. 226-2-2 CASF;
# a victim-support agency sees the victim's side only; a préfecture receives aggregates only).
NEVER_SHARED = C.JUDICIAL.mask
SECRET = C.HEALTH_SOCIAL.mask
NOT_FOR_VICTIM_SUPPORT = C.IDENTITY_PRESUMED.mask
OPEN_IN_EMERGENCY = IDENTITIES | scope_of(
    [C.FACTS, C.SCHOOL_STEPS, C.HEALTH_SOCIAL, C.VICTIM_SUPPORT, C.TERRITORIAL]
)
"""What helps to protect a child at once; the prosecutor's parts and the cell's own work are not."""
SHAREABLE_BY_COORDINATION = COORDINATION & ~C.CELL.mask
