"""One case that is made larger and smaller, and the two sides that share it again and again."""

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from infra.bench.filling.database import admin
from infra.bench.measuring.people import SignedIn
from kernel.errors import DomainError
from kernel.scope import acting_as, bind
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.selectors import case_for
from referrals.compartments import Compartment
from referrals.models.share import LegalBasis, Purpose
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose

PARTS = (Compartment.FACTS, Compartment.TERRITORIAL)
MARK = 40_001
FIRST_UNIT = 1_900_000_000
WARM_UP = 3
THINGS = """
INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,
    file_key, owner_unit, owner_name, withheld, added_by, created_at, since, version, viewers,
    editors, recheck_at)
SELECT gen_random_uuid(), p.cell_id, p.case_id, 3, 'report', 'pdf', %(mark)s, 'ready', '\\x00',
       '\\x00', 0, 'Organisme', '{}', gen_random_uuid(), p.created_at, p.created_at, 1, p.viewers,
       p.editors, p.recheck_at
  FROM referrals_compartment p CROSS JOIN generate_series(1, %(things)s)
 WHERE p.case_id = %(case)s AND p.bit = 3
"""
AGENCIES = """
INSERT INTO referrals_grant (id, cell_id, case_id, unit_id, scope, level, valid_from, valid_until,
    items_until)
SELECT gen_random_uuid(), c.cell_id, c.id, %(first)s + n, 8, 2, now() - interval '1 day',
       now() + interval '30 days', timestamptz '9999-12-31 00:00:00+00'
  FROM referrals_case c, generate_series(1, %(agencies)s) n WHERE c.id = %(case)s
"""
# What was measured leaves nothing: the same database serves the next measurement.
SMALL = (
    "DELETE FROM referrals_document WHERE case_id = %(case)s AND size = %(mark)s",
    "DELETE FROM referrals_grant WHERE case_id = %(case)s AND unit_id > %(first)s",
    "DELETE FROM referrals_grant g USING referrals_share s WHERE g.share_id = s.id"
    " AND s.case_id = %(case)s AND s.proposed_at > %(since)s",
    "DELETE FROM referrals_share WHERE case_id = %(case)s AND proposed_at > %(since)s",
    "DELETE FROM referrals_milestone WHERE case_id = %(case)s AND created_at > %(since)s",
    "DELETE FROM kernel_outbox WHERE created_at > %(since)s",
)


@dataclass(slots=True)
class Sides:
    """A coordinator and a partner of one cell, and the case between them."""

    database: str
    coordinator: Viewer
    partner: Viewer
    accession: UUID
    case: UUID

    @classmethod
    def among(cls, database: str, people: Sequence[SignedIn]) -> "Sides":
        """The first coordinator who can share a case with a partner who is signed in."""
        for person in (each for each in people if each.who == "coordinator"):
            coordinator = _viewer(person)
            others = [p for p in people if p.who == "partner" and p.cell == person.cell]
            for partner in map(_viewer, others):
                for case in person.cases:
                    accession = _offer(coordinator, partner, case)
                    if accession is not None:
                        return cls(database, coordinator, partner, accession, case)
        raise RuntimeError("Nobody in this database can share a case with anybody.")

    @contextmanager
    def grown(self, things: int, agencies: int) -> Iterator[None]:
        """The case with that many things in it, seen by that many agencies more."""
        values: dict[str, Any] = {
            "case": self.case,
            "mark": MARK,
            "first": FIRST_UNIT,
            "things": things,
            "agencies": agencies,
        }
        with admin(self.database) as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
            values["since"] = row[0] if row else None
            connection.execute("SET session_replication_role = replica")
            for statement in (THINGS, AGENCIES):
                connection.execute(statement, values)
            self._scoped(connection)
            try:
                yield
            finally:
                connection.execute("SET session_replication_role = replica")
                for statement in SMALL:
                    connection.execute(statement, values)
                self._scoped(connection)

    def _scoped(self, connection: Any) -> None:
        connection.execute("SET session_replication_role = DEFAULT")
        connection.execute("SELECT referrals.sync_case(%s)", [self.case])
        connection.execute("ANALYZE referrals_document, referrals_grant, referrals_case_access")

    def measured(self, runs: int) -> dict[str, float]:
        """The median of each act in milliseconds."""
        took: dict[str, list[int]] = {"propose": [], "accept": [], "revoke": []}
        for run in range(-WARM_UP, runs):
            share, proposed = _timed(self.coordinator, self._propose)
            _accepted, accepted = _timed(self.partner, lambda v, s=share: answer.accept(v, s).pk)
            _revoked, revoked = _timed(self.coordinator, lambda v, s=share: answer.revoke(v, s).pk)
            if run >= 0:
                for act, nanoseconds in zip(took, (proposed, accepted, revoked), strict=True):
                    took[act].append(nanoseconds)
        return {act: statistics.median(times) / 1e6 for act, times in took.items()}

    def _propose(self, viewer: Viewer) -> UUID:
        return propose(
            viewer,
            self.case,
            to_accession=self.accession,
            compartments=PARTS,
            purpose=Purpose.INVESTIGATION,
            legal_basis=LegalBasis.PROTOCOL,
        ).pk


def _timed(viewer: Viewer, act: Callable[[Viewer], UUID]) -> tuple[UUID, int]:
    began = time.perf_counter_ns()
    with acting_as(viewer) as bound:
        made = act(bound)
    return made, time.perf_counter_ns() - began


def _viewer(person: SignedIn) -> Viewer:
    with transaction.atomic():
        viewer = bind(person.token)
    if viewer is None:
        raise RuntimeError("This person's session has ended.")
    return viewer


def _offer(coordinator: Viewer, partner: Viewer, case: UUID) -> UUID | None:
    """The accession by which the partner can be offered the case, or None."""
    with acting_as(coordinator) as viewer:
        try:
            found = case_for(viewer, case)
        except DomainError:
            return None
        if not policies.can_share(viewer, found):
            return None
        offered = partners.partners_to_share_with(viewer)
        return next((p.accession_id for p in offered if p.agency_id == partner.agency_id), None)
