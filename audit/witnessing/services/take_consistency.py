"""Somebody takes away what leads from their copy to the newest checkpoint."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from audit.selectors import scoped_connection
from audit.witnessing.proofs import NoProof, consistency, consistency_text
from audit.witnessing.services.take_checkpoint import take_checkpoint
from kernel.errors import Invalid, WrongState
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Consistency:
    """The proof, and the newest checkpoint that it leads to."""

    older: int
    hashes: list[bytes]
    size: int
    note: str

    def text(self) -> str:
        """All of it as one file, for a verifier that is not ours."""
        return consistency_text(self.older, self.hashes, self.note)


def take_consistency(viewer: Viewer, older: int) -> Consistency:
    """The proof that the log of ``older`` entries is the beginning of today's.

    Invalid for a log that never was that long, and for none at all: that would prove nothing.
    WrongState when too much is missing to prove anything.
    """
    stored = take_checkpoint(viewer)
    if not 1 <= older <= stored.size:
        sentence = _("Le journal n'a pas ce nombre d'entrées.")
        raise Invalid(fields={"old": [sentence]})
    try:
        hashes = consistency(scoped_connection(), stored, older)
    except NoProof:
        raise WrongState(
            _("Le journal est abîmé : rien ne peut être prouvé. Gardez votre copie.")
        ) from None
    return Consistency(older, hashes, stored.size, stored.note)
