"""Who may do what with a case. Pure functions: no queries, no requests, no clocks.

What cannot be seen at all is refused before these are asked: row security and the selectors
answer that it does not exist.
"""

from typing import TYPE_CHECKING

from kernel.viewer import Viewer
from referrals import compartments as parts
from referrals.states import (
    COORDINATION,
    ENDS,
    LIVING,
    PROSECUTION,
    SCHOOL,
    STEPS,
    UNDECIDED,
    State,
)

if TYPE_CHECKING:
    from agencies.rules import Rules
    from referrals.models import Case, Measure, Share

WORKS_ON_CASES = (
    SCHOOL | COORDINATION | PROSECUTION | {"resource_team_member", "agency_partner", "agency_lead"}
)
CELL_CORE = COORDINATION | PROSECUTION
WATCHES = frozenset({"auditor", "dpo"})
ASKS_ABOUT_OTHERS = CELL_CORE | WATCHES
BREAKS_GLASS = PROSECUTION | {"agency_partner", "agency_lead"}
PARTNER = frozenset({"agency_partner"})


def can_break_glass(viewer: Viewer) -> bool:
    """An emergency access is for those who work on cases for an agency; schools ask coordination.

    A préfecture receives figures only, and coordination sees what it follows anyway.
    """
    apart = viewer.agency_kind in {"school", "prefecture"}
    return viewer.has(*BREAKS_GLASS) and not apart


def conducts(viewer: Viewer, case: "Case") -> bool:
    """Whether the case itself is this seat's to change; a role or a share alone is not enough."""
    return not set(case.editors).isdisjoint(viewer.units)


def steers(viewer: Viewer, case: "Case") -> bool:
    """Coordination and the prosecutor's office of this very case; the role alone is not enough."""
    return viewer.has(*CELL_CORE) and conducts(viewer, case)


def can_list_cases(viewer: Viewer) -> bool:
    """Cases are for those who work on them: not for administrators, operators or auditors."""
    return viewer.has(*WORKS_ON_CASES)


def can_escalate(viewer: Viewer) -> bool:
    """The school's pilot escalates, for their own school."""
    return viewer.agency_kind == "school" and viewer.has(*SCHOOL)


def can_take_step(viewer: Viewer, verb: str) -> bool:
    """Each step of the case belongs to roles, named in the table of states."""
    return viewer.has(*STEPS[verb].roles)


def can_activate(viewer: Viewer, rules: "Rules") -> bool:
    """A prosecutor activates the cell; a delegate where the cell's rules say so."""
    if viewer.has("prosecutor"):
        return True
    return can_take_step(viewer, "activate") and rules.delegate_may_activate()


def can_name_prosecutor(viewer: Viewer, case: "Case") -> bool:
    """Coordination names the office where there is none, or another one until it has decided."""
    open_to = LIVING if case.prosecutor_unit is None else UNDECIDED
    return viewer.has(*COORDINATION) and case.state in open_to


def can_give_orders(viewer: Viewer, case: "Case") -> bool:
    """The office that follows a living case gives orders to those who work on it."""
    return (
        viewer.has(*PROSECUTION) and case.prosecutor_unit in viewer.units and case.state in LIVING
    )


def can_act(viewer: Viewer, case: "Case") -> bool:
    """While the prosecutor has frozen the acts of others, only that office acts on the case."""
    return case.acts_frozen_at is None or case.prosecutor_unit in viewer.units


def can_edit_draft(viewer: Viewer, case: "Case") -> bool:
    """A draft belongs to the school that writes it."""
    return can_escalate(viewer) and case.owner_unit in viewer.units


def can_share(viewer: Viewer, case: "Case") -> bool:
    """Coordination shares a living case that has been sent."""
    return viewer.has(*COORDINATION) and case.state != State.DRAFT and case.state not in ENDS


def can_ask(viewer: Viewer, case: "Case") -> bool:
    """A partner that knows of a case by a share asks about it; the others have it by right."""
    by_right = {case.owner_unit, case.prosecutor_unit}
    asks = viewer.has(*PARTNER, "agency_lead") and not viewer.has(*CELL_CORE, *SCHOOL)
    return asks and not by_right & set(viewer.units)


def can_answer_share(viewer: Viewer, share: "Share") -> bool:
    """The agency that a share is proposed to accepts or refuses it."""
    return share.to_unit in viewer.units


def can_accept_share(viewer: Viewer, share: "Share") -> bool:
    """What is under professional secrecy is accepted by somebody there who is bound by it."""
    bound = not share.scope & parts.SECRET or share.to_secrecy_unit in viewer.units
    return can_answer_share(viewer, share) and bound


def can_renew_share(viewer: Viewer, share: "Share") -> bool:
    """Who gives a share prolongs it; what is secret, if they are bound by secrecy."""
    bound = not share.scope & parts.SECRET or viewer.bound_by_secrecy
    return can_revoke_share(viewer, share) and bound


def can_revoke_share(viewer: Viewer, share: "Share") -> bool:
    """Who proposed a share may end it at any time."""
    return viewer.has(*COORDINATION) and share.from_unit in viewer.units


def can_reveal(viewer: Viewer, case: "Case") -> bool:
    """A name is shown to those who work on the case; row security says which names."""
    return viewer.has(*WORKS_ON_CASES)


def can_export(viewer: Viewer, case: "Case") -> bool:
    """A person who works on cases takes along what they see of one; a system never does."""
    return viewer.has(*WORKS_ON_CASES) and viewer.channel != "token"


def can_want_person(viewer: Viewer) -> bool:
    """Who answers for data protection asks coordination for a pupil's own data."""
    return viewer.has("dpo")


def can_add_documents(viewer: Viewer) -> bool:
    """Those who work on cases; to which parts of a case is for the grants to say."""
    return viewer.has(*WORKS_ON_CASES)


def can_copy_documents(viewer: Viewer) -> bool:
    """The cell's core makes the copy that one agency sees in place of a document."""
    return viewer.has(*CELL_CORE)


def can_add_measure(viewer: Viewer, case: "Case") -> bool:
    """The cell's core decides measures once the prosecutor has activated the cell."""
    return steers(viewer, case) and case.state in {
        State.ACTIVATED,
        State.ACTION_PLAN,
        State.IN_PROGRESS,
        State.MONITORING,
    }


def can_finish_measure(viewer: Viewer, measure: "Measure") -> bool:
    """The owner says that it is done; coordination may say it for them."""
    return measure.owner_unit in viewer.units or viewer.has(*COORDINATION)


def can_give_feedback(viewer: Viewer, case: "Case") -> bool:
    """Coordination tells the school what became of its referral (art. 40-2 CPP)."""
    return viewer.has(*COORDINATION) and case.state != State.DRAFT and case.state not in ENDS
