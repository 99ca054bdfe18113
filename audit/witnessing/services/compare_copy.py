"""An agency compares the copy it kept with the record as it is now."""

from dataclasses import dataclass, replace

from django.db import connection
from django.utils.translation import gettext_lazy as _

from audit import checkpoint, keys
from audit.recorder import record
from audit.selectors import scoped_connection
from audit.witnessing import events
from audit.witnessing.comparing import Comparison, NotACopy, compare, said_by
from kernel.errors import Invalid
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Compared:
    """What came of it, and of what."""

    comparison: Comparison
    size: int
    signed: str = ""
    """The copy as one of the log's keys has signed it, without other people's lines."""
    again: bool = False
    """Whether it was not kept, as one beyond those of one person, and has to be compared again."""

    @property
    def agrees(self) -> bool:
        return self.comparison is Comparison.EXTENDS


def compare_copy(viewer: Viewer, text: str) -> Compared:
    """Whether the record prolongs this copy. What is found is an entry, whatever it is.

    A copy that it does not prolong is an alert: those who watch are told at once.
    Invalid when the text is no checkpoint, or one of another log.
    """
    return told_of(viewer, what_it_is(viewer, text)[1])


def what_it_is(viewer: Viewer, text: str) -> tuple[str, Compared]:
    """The checkpoint in the text as it was signed, and what the record says to it."""
    note = text.removeprefix("\ufeff").replace("\r\n", "\n").strip("\n") + "\n"
    try:
        size = said_by(note, viewer.cell_id)
    except NotACopy:
        sentence = _("Ce n'est pas un point de contrôle du journal de votre cellule.")
        raise Invalid(fields={"copy": [sentence]}) from None
    bare = scoped_connection()
    known = keys.chain(bare)
    found = compare(bare, viewer.cell_id, note, known)
    signed = "" if found is Comparison.UNSIGNED else checkpoint.alone(note, known)
    return note, Compared(found, size, signed)


def told_of(viewer: Viewer, compared: Compared) -> Compared:
    """Put a comparison on record; an alert owes those who watch a letter, one a day of a copy.

    A copy that the log contradicts is kept: the alarm stands until the log agrees with it again.
    """
    record(events.COMPARED, viewer=viewer, entries=compared.size, comparison=compared.comparison)
    if not compared.agrees:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT audit.alert(%s, %s, %s)",
                [compared.comparison, compared.size, compared.signed],
            )
            [owed] = cursor.fetchone()
        return replace(compared, again=owed < 0)
    return compared
