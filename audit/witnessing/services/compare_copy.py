"""An agency compares the copy it kept with the record as it is now."""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit import keys
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing import events
from audit.witnessing.comparing import Comparison, NotACopy, compare, said_by
from kernel.errors import Invalid
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it, and how many entries the copy speaks of."""

    comparison: Comparison
    size: int

    @property
    def agrees(self) -> bool:
        return self.comparison is Comparison.EXTENDS


def compare_copy(viewer: Viewer, text: str) -> Compared:
    """Whether the record prolongs this copy. What is found is an entry, whatever it is.

    A copy that it does not prolong is an alert: those who watch are told at once.

    Invalid when the text is no checkpoint, or one of another log.
    """
    note = text.removeprefix("\ufeff").replace("\r\n", "\n").strip("\n") + "\n"
    try:
        size = said_by(note, viewer.cell_id)
    except NotACopy:
        sentence = _("Ce n'est pas un point de contrôle du journal de votre cellule.")
        raise Invalid(fields={"copy": [sentence]}) from None
    bare = scoped_connection()
    found = compare(bare, viewer.cell_id, note, keys.chain(bare))
    record(events.COMPARED, viewer=viewer, entries=size, comparison=found)
    compared = Compared(found, size)
    if not compared.agrees:
        _alert(compared)
    return compared


def _alert(compared: Compared) -> None:
    """Owe those who watch a letter, at once; of the same copy one a day."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit.alert(%s, %s)", [compared.comparison, compared.size])
