"""Everything that is sealed under the key of a case: whoever replaces that key seals it anew."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Sealed:
    """A table whose rows belong to cases, and its sealed columns; ``row_id`` binds each value."""

    table: str
    columns: tuple[str, ...]
    row_id: str = "id"


_sealed = [
    Sealed("referrals_compartment", ("content",)),
    Sealed("referrals_party", ("label", "identity")),
    Sealed("referrals_measure", ("note",)),
    Sealed("referrals_document", ("about", "file_key")),
    Sealed("referrals_upload", ("file_key",)),
    Sealed("referrals_glass", ("reason",)),
    Sealed("referrals_request", ("question", "answers")),
    Sealed("referrals_export", ("file_key",)),
    Sealed("referrals_draft", ("content",), row_id="case_id"),
]
Row = tuple[UUID, tuple[bytes, ...]]


def also_sealed(table: str, *columns: str) -> None:
    """Register a table of a room above this one."""
    one = Sealed(table, columns)
    if one not in _sealed:
        _sealed.append(one)


def everything_sealed() -> tuple[Sealed, ...]:
    """Every table with sealed values of cases."""
    return tuple(_sealed)
