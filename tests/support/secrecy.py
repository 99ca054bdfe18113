"""What is under professional secrecy, offered between people who are bound by it."""

from typing import Any
from uuid import UUID

from kernel.viewer import Viewer
from referrals.compartments import Compartment
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services.propose import propose
from tests.support.world import Seated


def secret_offer(viewer: Viewer, case_id: UUID, to: Seated, **options: Any) -> UUID:
    """Propose the health and social part of a case; refused like any other proposal."""
    return propose(
        viewer,
        case_id,
        to_accession=to.accession_id,
        compartments=[Compartment.HEALTH_SOCIAL],
        purpose=Purpose.EVALUATION,
        legal_basis=LegalBasis.SHARED_SECRECY,
        **options,
    ).pk
