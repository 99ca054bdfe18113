"""What a command names: a cell by its code, a case by its reference, a period by its year."""

from dataclasses import dataclass
from uuid import UUID

from kernel.crypto.keeping import asked
from kernel.crypto.keyring import CannotDecrypt, root_key
from kernel.crypto.periods import period_context


@dataclass(frozen=True, slots=True)
class Found:
    """A case: where it is and how it stands."""

    case_id: UUID
    cell_id: int
    state: str


def cell_coded(code: str) -> int | None:
    """The cell with this code."""
    rows = asked("SELECT id FROM agencies_cell WHERE code = %s", [code])
    return int(rows[0][0]) if rows else None


def case_referenced(reference: str) -> Found | None:
    """The case with this reference, which begins with the code of its cell."""
    cell_id = cell_coded(reference.partition("-")[0])
    rows = asked(
        "SELECT id, cell_id, state FROM referrals_case WHERE cell_id = %s AND reference = %s",
        [cell_id, reference],
    )
    return Found(*rows[0]) if rows else None


def opened_period(period_key_id: UUID) -> bytes:
    """The 32 bytes of a period key, for the keeper. Raises CannotDecrypt without it."""
    rows = asked(
        "SELECT cell_id, period, generation, wrapped FROM kernel_period_key WHERE id = %s",
        [period_key_id],
    )
    if not rows:
        raise CannotDecrypt
    return root_key().unwrap(bytes(rows[0][3]), period_context(*rows[0][:3]))
