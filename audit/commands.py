"""What a command of the kernel does is an entry in each cell that it touches."""

from collections.abc import Mapping

from audit import events
from audit.recorder import record_system
from kernel import commanding

_KINDS = {
    commanding.SAVED: events.KEYS_SAVED,
    commanding.RESTORED: events.KEYS_RESTORED,
    commanding.RETRIED: events.LETTERS_RETRIED,
}


def commanded(act: str, alias: str, by_cell: Mapping[int, int]) -> None:
    """Called by the kernel in the transaction of the act."""
    for cell_id, number in sorted(by_cell.items()):
        record_system(_KINDS[act], using=alias, cell_id=cell_id, number=number)
