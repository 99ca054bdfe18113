"""What every seat of a cell may know of its record: how long it is, who has signed it last."""

from dataclasses import dataclass

from audit import events, keys, log, people
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing import cosigned
from audit.witnessing.cosigned import Witness
from kernel.errors import NotFound
from kernel.viewer import Viewer

_PIECE = 22


@dataclass(frozen=True, slots=True)
class Known:
    """A witness as the cell sees it."""

    witness: Witness
    agency: str
    own: bool
    left: bool
    """Its agency has left the cell: nobody cosigns with it any more."""

    @property
    def in_service(self) -> bool:
        """Whether anybody can still cosign with it."""
        return self.witness.withdrawn_at is None and not self.left

    @property
    def parts(self) -> list[str]:
        """The line of the key in pieces, between which a narrow column may break it."""
        line = self.witness.line
        return [line[at : at + _PIECE] for at in range(0, len(line), _PIECE)]


def newest_checkpoint(viewer: Viewer) -> log.Stored | None:
    """The newest signed checkpoint of the viewer's cell."""
    return log.last_checkpoint(scoped_connection(), viewer.cell_id)


def key_notes() -> str:
    """How each key of the log handed over to the next; nothing while the first one signs."""
    return "\n".join(keys.notes(scoped_connection()))


def witnesses_of(viewer: Viewer) -> list[Known]:
    """The witnesses of the viewer's cell, those in use first."""
    found = cosigned.witnesses(scoped_connection(), viewer.cell_id)
    owners = {each.agency_id for each in found}
    agencies, here = people.agencies_of(viewer, owners), people.taking_part(viewer, owners)
    known = [
        Known(
            each,
            agencies.get(each.agency_id, ""),
            own=each.agency_id == viewer.agency_id,
            left=each.agency_id not in here,
        )
        for each in found
    ]
    return sorted(known, key=lambda each: not each.in_service)


def note_at(viewer: Viewer, size: int) -> str:
    """The checkpoint of this size with all its cosignatures; nothing when nobody cosigned it."""
    bare = scoped_connection()
    found = log.checkpoints(bare, viewer.cell_id, above=size - 1, until=size, limit=1)
    if not found or not cosigned.cosignatures(bare, viewer.cell_id, size):
        return ""
    return cosigned.with_cosignatures(bare, found[0])


def cosigned_checkpoint(viewer: Viewer, size: int) -> str:
    """The same for somebody who takes it away. NotFound where there is none. Recorded."""
    note = note_at(viewer, size)
    if not note:
        raise NotFound
    record(events.CHECKPOINT_TAKEN, viewer=viewer, entries=size)
    return note
