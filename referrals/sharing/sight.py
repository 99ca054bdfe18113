"""What grants open, told from the grants alone: a second answer to what PostgreSQL keeps in rows.

Pure: no queries and no clocks. The pages that say who sees what stand on it, and so does the
preview; tests hold it against what each person really finds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from referrals.compartments import HEADER
from referrals.models.access import Level


@dataclass(frozen=True, slots=True)
class Part:
    """Something of a case: its header, a whole compartment, or one row in it.

    Of a whole compartment nobody says when it was made: it is open to whoever sees anything in it.
    A measure is seen by its ``owner_unit`` as well. A document is seen by the unit that ``added``
    it within what it may see; a copy ``only_for`` some units is, and its original is ``withheld``
    from them.
    """

    bit: int = HEADER
    made_at: datetime | None = None
    owner_unit: int | None = None
    added_by: int | None = None
    only_for: frozenset[int] | None = None
    withheld: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Way:
    """One grant: what it opens of a case, to which unit, from when until when, and why."""

    unit_id: int
    unit_kind: str
    rule: str
    agency_name: str
    scope: int
    level: int
    valid_from: datetime
    valid_until: datetime
    items_until: datetime
    share_id: UUID | None = None
    stands_for: frozenset[int] = frozenset()
    """The other units of who opened it in an emergency: what is kept from them stays so."""

    def runs(self, at: datetime) -> bool:
        """Whether it is open at that moment, to the second."""
        return self.valid_from <= at < self.valid_until

    def opens(self, part: Part) -> bool:
        """Whether it lets its unit see the part, as long as it runs."""
        if part.bit == HEADER:
            return True
        if (part.bit < HEADER or part.owner_unit == self.unit_id) and self.level >= Level.READ:
            return True
        return self.holds(part) and not self.is_before(part) and not self.is_kept_from(part)

    def holds(self, part: Part) -> bool:
        """Whether the part's compartment is in its scope."""
        return part.bit >= 0 and bool(self.scope & (1 << part.bit))

    def is_before(self, part: Part) -> bool:
        """Whether the part was added after what this grant covers, and by somebody else."""
        late = part.made_at is not None and part.made_at > self.items_until
        return late and part.added_by != self.unit_id

    def is_kept_from(self, part: Part) -> bool:
        """Whether the part is for others: a copy for one recipient, or what it stands in for."""
        units = self.stands_for | {self.unit_id}
        for_others = part.only_for is not None and units.isdisjoint(part.only_for)
        return not units.isdisjoint(part.withheld) or (for_others and self.level < Level.STEER)


@dataclass(frozen=True, slots=True)
class Seat:
    """Who sits where, as far as seeing goes. Without a signed charter a seat holds no unit."""

    seat_id: UUID
    display_name: str
    agency_id: UUID
    agency_name: str
    agency_kind: str
    roles: frozenset[str]
    units: frozenset[int]
    bound_by_secrecy: bool
    charter_signed: bool


def ways_of(units: Iterable[int], ways: Iterable[Way], at: datetime) -> list[Way]:
    """The grants that are open to these units at that moment."""
    mine = frozenset(units)
    return [
        replace(way, stands_for=mine) if way.rule == "glass" else way
        for way in ways
        if way.unit_id in mine and way.runs(at)
    ]


def way_to(part: Part, ways: Iterable[Way]) -> Way | None:
    """The first of these grants that opens the part."""
    return next((way for way in ways if way.opens(part)), None)


def scope_of_ways(ways: Iterable[Way]) -> int:
    """The compartments that these grants hold, all together."""
    scope = 0
    for way in ways:
        scope |= way.scope
    return scope
