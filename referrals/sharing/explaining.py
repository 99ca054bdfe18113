"""Why somebody sees a case, a part of it or nothing: the rule that allows, or the one that refuses.

Told from grants, shares and roles, in one fixed order, and held by tests against what each person
really finds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from agencies.rules import rules_of
from audit import references
from audit.recorder import record
from kernel.clock import now
from kernel.errors import NotFound
from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals import events, policies
from referrals.casefile.cases import level_now, visible_case
from referrals.casefile.motive import in_control, motive
from referrals.compartments import Compartment
from referrals.models import Case
from referrals.models.access import Level
from referrals.models.share import ShareState
from referrals.sharing import grants
from referrals.sharing.audience import THINGS, part_of, stands
from referrals.sharing.grants import Offer
from referrals.sharing.sight import Part, Seat, Way, way_to, ways_of
from referrals.states import COORDINATION, PROSECUTION, STEPS


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether something is open, and by which rule: a code that the pages word.

    ``until`` is when it ends, for what is open; since when it is not, for what was.
    """

    allowed: bool
    rule: str
    until: datetime | None = None
    share_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ActVerdict:
    """Whether an act is open to this seat, and by which rule."""

    code: str
    allowed: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything there is to say about one seat and one case."""

    case_id: UUID
    seat: Seat
    header: Verdict
    parts: list[tuple[Compartment, Verdict]]
    acts: list[ActVerdict]
    missing: list[tuple[str, Compartment, Verdict]]
    """What the viewer finds in the parts that the seat sees, and the seat does not."""


def may_ask_about_others(viewer: Viewer, case: Case) -> bool:
    """Who steers the case and those who watch ask about anybody in the cell."""
    return viewer.has(*policies.WATCHES) or policies.steers(viewer, case)


def explain(viewer: Viewer, case_id: UUID, seat_id: UUID | None = None) -> Explanation:
    """Why this seat, or the viewer's own, sees what it sees of the case. Recorded.

    Raises NotFound for a case that the viewer may not know of, and for another's seat unless the
    viewer may ask about others. An auditor learns of rules and agencies, and nothing of the case.
    """
    wanted = seat_id or viewer.seat_id
    case = None if viewer.has(*policies.WATCHES) else visible_case(viewer, case_id)
    if case is None and seat_id is None:
        raise NotFound(case_id=case_id)
    seat = grants.seat_for(case_id, wanted)
    if seat is None:
        raise NotFound(case_id=case_id)
    ways, offers, moment = grants.grants_on(case_id), grants.shares_on(case_id), now()

    def verdict(part: Part) -> Verdict:
        return explain_seat(seat, ways, offers, part, moment)

    header = verdict(Part())
    told = Explanation(
        case_id,
        seat,
        header,
        [(compartment, verdict(Part(compartment.bit))) for compartment in Compartment],
        _acts(viewer, case, seat) if case is not None and _tells_acts(case, header) else [],
        _missing(viewer, case, verdict) if case is not None and header.allowed else [],
    )
    record(
        events.ACCESS_EXPLAINED,
        viewer=viewer,
        case_id=case_id,
        person=seat.seat_id,
        **(motive(viewer, case) if case is not None else in_control(viewer)),
    )
    return told


def _tells_acts(case: Case, header: Verdict) -> bool:
    """Which acts are open tells the step of the case: not to who merely knows that it exists."""
    return header.allowed and level_now(case) > Level.STUB


def _missing(
    viewer: Viewer, case: Case, verdict: Callable[[Part], Verdict]
) -> list[tuple[str, Compartment, Verdict]]:
    """What is kept from the seat in a part that it sees: added too late, or copied for others."""
    found = []
    for kind, model in THINGS.items():
        rows = model.objects.filter(case=case, viewers__overlap=[*viewer.units])
        for row in filter(stands, rows):
            said = verdict(part_of(row))
            if said.rule in _IN_AN_OPEN_PART:
                found.append((kind, next(c for c in Compartment if c.bit == row.bit), said))
    return found


_IN_AN_OPEN_PART = frozenset({"late", "withheld"})


def case_called(viewer: Viewer, reference: str) -> UUID | None:
    """The case with this reference, among those that this viewer may ask about."""
    if viewer.has(*policies.WATCHES):
        return references.case_of(viewer, reference)
    found = Case.objects.filter(cell_id=viewer.cell_id, reference=reference).only("pk").first()
    return found.pk if found else None


def explain_seat(
    seat: Seat, ways: Sequence[Way], offers: Sequence[Offer], part: Part, at: datetime
) -> Verdict:
    """The rule that opens a part of a case to a seat, or the first one that keeps it shut."""
    if seat.roles.isdisjoint(policies.WORKS_ON_CASES):
        return Verdict(False, "role")
    if not seat.charter_signed:
        return Verdict(False, "charter")
    mine = ways_of(seat.units, ways, at)
    way = way_to(part, mine)
    if way is not None:
        return Verdict(True, _right(way, part), way.valid_until, way.share_id)
    return _refused(seat, mine, offers, part, at)


def _right(way: Way, part: Part) -> str:
    if part.bit >= 0 and not way.holds(part):
        return "owner"
    return "secrecy_share" if way.rule == "share" and way.unit_kind == "secrecy" else way.rule


def _refused(
    seat: Seat, mine: Sequence[Way], offers: Sequence[Offer], part: Part, at: datetime
) -> Verdict:
    mask = 1 << part.bit if part.bit >= 0 else 0
    if any(way.holds(part) for way in mine if mask):
        kept = any(way.holds(part) and way.is_kept_from(part) for way in mine)
        return Verdict(False, "withheld" if kept else "late")
    if mask & parts.NEVER_SHARED:
        return Verdict(False, "judicial")
    if mask & parts.SECRET and not seat.bound_by_secrecy:
        return Verdict(False, "secrecy")
    if mask & parts.NOT_FOR_VICTIM_SUPPORT and seat.agency_kind == "victim_support":
        return Verdict(False, "victim_side")
    for offer in offers:
        if offer.to_unit in seat.units and (not mask or offer.scope & mask):
            return _of_offer(offer, at)
    return Verdict(False, "scope" if mine else "nothing")


def _of_offer(offer: Offer, at: datetime) -> Verdict:
    """What a share that opens nothing has come to."""
    state = offer.state
    if state in {ShareState.PROPOSED, ShareState.ACCEPTED} and offer.expires_at <= at:
        state = ShareState.EXPIRED
    if state == ShareState.ACCEPTED:
        return Verdict(False, "scope")
    when = offer.expires_at if state == ShareState.EXPIRED else offer.moved_at
    return Verdict(False, str(state), when, offer.share_id)


Asked = Callable[[Viewer, Case], bool]
_ACTS: tuple[tuple[str, frozenset[str], Asked], ...] = (
    ("share", COORDINATION, policies.can_share),
    ("measure", policies.CELL_CORE, policies.can_add_measure),
    ("feedback", COORDINATION, policies.can_give_feedback),
    ("orders", PROSECUTION, policies.can_give_orders),
)


def _acts(viewer: Viewer, case: Case, seat: Seat) -> list[ActVerdict]:
    """The acts on a case, by the same policies that open them. The stand-in opens nothing."""
    person = replace(
        viewer,
        seat_id=seat.seat_id,
        agency_id=seat.agency_id,
        agency_kind=seat.agency_kind,
        roles=seat.roles,
        units=tuple(seat.units),
        bound_by_secrecy=seat.bound_by_secrecy,
        token="",
    )
    found = [
        _act(person, case, f"step_{verb}", step.roles, _READY.get(verb, _is_ready))
        for verb, step in STEPS.items()
        if case.state in step.sources
    ]
    return found + [_act(person, case, code, roles, can) for code, roles, can in _ACTS]


def _is_ready(person: Viewer, case: Case) -> bool:
    """A step is listed where the case is ready for it."""
    return True


def _activates(person: Viewer, case: Case) -> bool:
    """In some cells a delegate does not."""
    return policies.can_activate(person, rules_of(case.cell_id))


_READY: dict[str, Asked] = {"activate": _activates}


def _act(person: Viewer, case: Case, code: str, roles: frozenset[str], can: Asked) -> ActVerdict:
    if not person.has(*roles):
        return ActVerdict(code, False, "role")
    if not policies.conducts(person, case):
        return ActVerdict(code, False, "office")
    if not policies.can_act(person, case):
        return ActVerdict(code, False, "frozen")
    if can(person, case):
        return ActVerdict(code, True, "role")
    return ActVerdict(code, False, "rules" if can is _activates else "state")
