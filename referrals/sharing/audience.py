"""Who can see a case, or one thing in it, and by what right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from audit.recorder import record
from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer
from referrals import events, policies
from referrals.casefile.cases import is_open_now, visible_case
from referrals.casefile.motive import motive
from referrals.casefile.selectors import Part as Row
from referrals.compartments import Compartment
from referrals.models import Case, CompartmentContent, Document, Feedback, Measure, Party
from referrals.models.document import DocumentState
from referrals.sharing import grants
from referrals.sharing.sight import Part, Seat, Way, scope_of_ways, way_to, ways_of


@dataclass(frozen=True, slots=True)
class Reader:
    """One person who sees something of the case now, and the grants by which they do."""

    seat: Seat
    ways: tuple[Way, ...]

    @property
    def scope(self) -> int:
        """The compartments that are open to this person."""
        return scope_of_ways(self.ways)

    def way_to(self, part: Part) -> Way | None:
        """The grant that opens the part to this person."""
        return way_to(part, self.ways)


@dataclass(frozen=True, slots=True)
class Audience:
    """The people who see a case. ``whole`` is false for who is told of their own agency only."""

    case: Case
    readers: tuple[Reader, ...]
    ways: tuple[Way, ...]
    whole: bool

    def of(self, part: Part) -> list[tuple[Reader, Way]]:
        """Those who see the part, each with the grant that opens it."""
        found = ((reader, reader.way_to(part)) for reader in self.readers)
        return [(reader, way) for reader, way in found if way is not None]


@dataclass(frozen=True, slots=True)
class Thing:
    """One row of the case that somebody asks about: what it is, and where it stands."""

    id: UUID
    case_id: UUID
    kind: str
    compartment: Compartment
    part: Part


def audience_of(viewer: Viewer, case_id: UUID) -> Audience:
    """Everybody who sees the case now; for a partner or a school those of their own agency.

    Which services coordination has brought in can say that there is an investigation, so only
    coordination and the prosecutor's office are told of all. Recorded. Raises NotFound.
    """
    case = visible_case(viewer, case_id)
    ways, moment = grants.grants_on(case.pk), now()
    readers = readers_among(grants.seats_on(case.pk), ways)
    record(events.READERS_READ, viewer=viewer, case_id=case.pk, **motive(viewer, case))
    running = tuple(way for way in ways if way.runs(moment))
    return Audience(case, tuple(readers), running, policies.steers(viewer, case))


def readers_among(seats: Iterable[Seat], ways: Iterable[Way]) -> list[Reader]:
    """Those of these seats that see something now: a role that works on cases, and a grant."""
    moment, ways = now(), list(ways)
    found = []
    for seat in seats:
        open_now = ways_of(seat.units, ways, moment)
        if open_now and not seat.roles.isdisjoint(policies.WORKS_ON_CASES):
            found.append(Reader(seat, tuple(open_now)))
    return found


def thing_for(viewer: Viewer, thing_id: UUID) -> Thing:
    """One row of a case that this viewer sees. Raises NotFound, whatever the cause."""
    bits = {compartment.bit: compartment for compartment in Compartment}
    for kind, model in THINGS.items():
        row = model.objects.filter(pk=thing_id, cell_id=viewer.cell_id).first()
        if row is not None and stands(row) and set(row.viewers) & set(viewer.units):
            if not isinstance(row, Document) and not is_open_now(viewer, row):
                raise NotFound
            return Thing(row.pk, row.case_id, kind, bits[row.bit], part_of(row))
    raise NotFound


def stands(row: Row) -> bool:
    """Whether it is still there: of a document that was destroyed nothing is said any more."""
    return not isinstance(row, Document) or row.state != DocumentState.DESTROYED


def part_of(row: Row) -> Part:
    """Where a row of a case stands."""
    if isinstance(row, Measure):
        return Part(row.bit, row.created_at, owner_unit=row.owner_unit)
    if isinstance(row, Document):
        return Part(
            row.bit,
            row.since,
            added_by=row.owner_unit,
            only_for=None if row.only_for is None else frozenset(row.only_for),
            withheld=frozenset(row.withheld),
        )
    return Part(row.bit, row.created_at)


THINGS: dict[str, type[CompartmentContent | Document | Party | Measure | Feedback]] = {
    "compartment": CompartmentContent,
    "party": Party,
    "measure": Measure,
    "feedback": Feedback,
    "document": Document,
}
