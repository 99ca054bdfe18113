"""How the record is: what those who control access see of their cell, and what a meter reads."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import DEFAULT_DB_ALIAS, connections

from audit import policies
from audit.heart import Heart, State
from audit.log import legible
from audit.selectors import scoped_connection
from audit.sql.health import MOST_COUNTED, UNVERIFIED_HOURS
from audit.witnessing.cosigned import newest_at
from kernel.clock import now
from kernel.errors import NotFound
from kernel.health import Measure
from kernel.viewer import Viewer

# Of the copies that stand, those with or without a text.
_SIZES = (
    "ARRAY(SELECT split_part(c, E'\\n', 2)::bigint"
    " FROM (SELECT v.copies FROM audit_verified v WHERE v.cell_id = %s"
    " ORDER BY v.at DESC LIMIT 1) last, unnest(last.copies) c"
    " WHERE {} starts_with(c, E'\\n') ORDER BY 1)"
)


@dataclass(frozen=True, slots=True)
class CellHealth:
    """One cell's record at this moment. What nobody has looked at yet is None."""

    size: int
    sealed_at: datetime | None
    unsealed: int
    waiting_since: datetime | None
    sealer: State
    verified_at: datetime | None
    findings: int | None
    """What stands: found by the last verification, or by a copy that none has agreed with since."""
    against: Sequence[int]
    """How many entries each copy covers that contradicts the log."""
    drift: int | None
    """Rows that say other readers than the rules, as they were counted last."""
    counted_at: datetime | None
    """When all that may drift was last counted; None while some of it never was."""
    began_at: datetime | None
    """When the first checkpoint was signed."""
    counted_late: bool
    """Whether some of it was counted too long ago, or never could be, to say what drifts."""
    kept_at: datetime | None
    """Since when the tally and what stands out are kept as far as the record is sealed."""
    kept_late: bool
    """Whether whoever keeps one of them has not come to an end for hours."""
    set_aside: int
    """How many copies contradict the log and were set aside by two people."""
    without_a_copy: Sequence[int]
    """Those of which the size alone is known: they contradicted it before copies were kept."""
    copies: Sequence[int]
    """The sizes of those that are kept, one for each: of one size there may be several."""
    cosigned_at: datetime | None

    @property
    def well(self) -> bool:
        """Whether there is nothing that anybody would have to do."""
        return (
            self.sealer is State.RUNNING
            and not self.findings
            and not self.drift
            and not self.counted_late
            and not self.kept_late
            and not self.verified_late
        )

    @property
    def looked_at(self) -> bool:
        """Whether everything that is looked at from time to time was looked at once."""
        return None not in (self.verified_at, self.counted_at, self.kept_at)

    @property
    def verified_late(self) -> bool:
        """Whether the last verification is too long ago to say how the log is.

        A log that was never verified waits since its first checkpoint.
        """
        since = self.verified_at or self.began_at
        return since is not None and since < now() - timedelta(hours=UNVERIFIED_HOURS)

    @property
    def copy_sizes(self) -> Sequence[int]:
        """How many entries the copies cover that are kept."""
        return sorted(set(self.copies))

    @property
    def as_many_as_counted(self) -> bool:
        """Whether more may wait than were counted."""
        return self.unsealed >= MOST_COUNTED


def health_of(viewer: Viewer) -> CellHealth:
    """The health of the record of the viewer's cell. NotFound as for the journal."""
    if not policies.can_read(viewer):
        raise NotFound
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(
            f"SELECT size, {legible('sealed_at')}, unsealed, {legible('waiting_since')},"  # noqa: S608  constants
            " heart_at, lag, damaged, verified_at, findings, against, drift, counted_at,"
            f" {legible('since')}, uncounted, kept_at, unkept,"
            " (SELECT coalesce(sum(cardinality(a.copies)), 0) FROM audit_aside a"
            " WHERE a.cell_id = %s AND a.state = 'signed'),"
            f" {_SIZES.format('')}, {_SIZES.format('NOT')}"
            " FROM audit.health(%s)",
            [viewer.cell_id] * 4,
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound
    size, sealed_at, unsealed, waiting, beat, lag, damaged, *found = row
    found.append(newest_at(scoped_connection(), viewer.cell_id))
    sealer = Heart(beat, lag, (viewer.cell_id,) if damaged else ()).state(viewer.cell_id)
    return CellHealth(size, sealed_at, unsealed, waiting, sealer, *found)


def measures() -> Iterator[Measure]:
    """Figures of the whole house; what there is none of yet is left out."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT name, value FROM audit.measures()")
        rows = cursor.fetchall()
    for name, value in rows:
        if value is not None:
            yield Measure(name, value)
