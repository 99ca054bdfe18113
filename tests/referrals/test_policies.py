"""Who may do what with a case, asked of the policies alone: as every role, in every relation."""

import inspect
from dataclasses import replace
from types import SimpleNamespace
from uuid import UUID

import pytest

from agencies.roles import Role
from kernel.clock import now
from kernel.viewer import Viewer
from referrals import policies
from referrals.compartments import Compartment
from referrals.states import STEPS

MINE, THEIRS = 1, 2
COORDINATION = {"cell_coordinator", "departmental_officer"}
PROSECUTION = {"prosecutor", "prosecutor_delegate"}
CORE = COORDINATION | PROSECUTION
PARTNERS = {"agency_partner", "agency_lead"}
WORKING = CORE | PARTNERS | {"school_pilot", "resource_team_member"}
EVERYBODY = set(Role.values)

AT_SCHOOL = {"agency_kind": "school"}
STRICT = SimpleNamespace(delegate_may_activate=lambda: False)
FREE = SimpleNamespace(delegate_may_activate=lambda: True)


def a_case(**other):
    mine = {
        "owner_unit": MINE,
        "prosecutor_unit": MINE,
        "editors": [MINE],
        "state": "activated",
        "acts_frozen_at": None,
    }
    return SimpleNamespace(**mine | other)


def a_share(**other):
    mine = {"from_unit": MINE, "to_unit": MINE, "to_secrecy_unit": MINE}
    return SimpleNamespace(**mine | {"scope": Compartment.FACTS.mask} | other)


def a_viewer(role, **other):
    nobody, moment = UUID(int=1), now()
    viewer = Viewer(
        account_id=nobody,
        seat_id=nobody,
        cell_id=1,
        agency_id=nobody,
        agency_kind="gendarmerie",
        roles=frozenset({role}),
        units=(MINE,),
        bound_by_secrecy=False,
        display_name="",
        agency_name="",
        cell_name="",
        factor_at=moment,
        version=1,
        charter_signed=True,
        idle_seconds=900,
        idle_until=moment,
        expires_at=moment,
        channel="page",
        request_id=nobody,
        token="",
    )
    return replace(viewer, **other)


FOREIGN = a_case(owner_unit=THEIRS, prosecutor_unit=THEIRS, editors=[THEIRS])
SECRET = Compartment.HEALTH_SOCIAL.mask
FROZEN = {"acts_frozen_at": now()}
MEASURE, THEIR_MEASURE = SimpleNamespace(owner_unit=MINE), SimpleNamespace(owner_unit=THEIRS)

TABLE = [
    ("can_list_cases", {}, (), WORKING),
    ("can_break_glass", {}, (), PROSECUTION | PARTNERS),
    ("can_break_glass", AT_SCHOOL, (), set()),
    ("can_break_glass", {"agency_kind": "prefecture"}, (), set()),
    ("conducts", {}, (a_case(),), EVERYBODY),
    ("conducts", {}, (FOREIGN,), set()),
    ("steers", {}, (a_case(),), CORE),
    ("steers", {}, (FOREIGN,), set()),
    ("can_escalate", AT_SCHOOL, (), {"school_pilot"}),
    ("can_escalate", {}, (), set()),
    ("can_activate", {}, (FREE,), PROSECUTION),
    ("can_activate", {}, (STRICT,), {"prosecutor"}),
    ("can_name_prosecutor", {}, (a_case(state="qualified"),), COORDINATION),
    ("can_name_prosecutor", {}, (a_case(prosecutor_unit=None),), COORDINATION),
    ("can_name_prosecutor", {}, (a_case(),), set()),
    ("can_give_orders", {}, (a_case(),), PROSECUTION),
    ("can_give_orders", {}, (a_case(state="closed"),), set()),
    ("can_give_orders", {}, (FOREIGN,), set()),
    ("can_act", {}, (a_case(),), EVERYBODY),
    ("can_act", {}, (a_case(**FROZEN),), EVERYBODY),
    ("can_act", {}, (a_case(prosecutor_unit=THEIRS, **FROZEN),), set()),
    ("can_edit_draft", AT_SCHOOL, (a_case(state="draft"),), {"school_pilot"}),
    ("can_edit_draft", {}, (a_case(state="draft"),), set()),
    ("can_edit_draft", AT_SCHOOL, (FOREIGN,), set()),
    ("can_share", {}, (a_case(),), COORDINATION),
    ("can_share", {}, (a_case(state="draft"),), set()),
    ("can_share", {}, (a_case(state="closed"),), set()),
    ("can_ask", {}, (FOREIGN,), PARTNERS),
    ("can_ask", {}, (a_case(prosecutor_unit=THEIRS),), set()),
    ("can_ask", {}, (a_case(owner_unit=THEIRS),), set()),
    ("can_answer_share", {}, (a_share(),), EVERYBODY),
    ("can_answer_share", {}, (a_share(to_unit=THEIRS),), set()),
    ("can_accept_share", {}, (a_share(to_secrecy_unit=None),), EVERYBODY),
    ("can_accept_share", {}, (a_share(scope=SECRET),), EVERYBODY),
    ("can_accept_share", {}, (a_share(scope=SECRET, to_secrecy_unit=THEIRS),), set()),
    ("can_accept_share", {}, (a_share(to_unit=THEIRS),), set()),
    ("can_revoke_share", {}, (a_share(),), COORDINATION),
    ("can_revoke_share", {}, (a_share(from_unit=THEIRS),), set()),
    ("can_renew_share", {}, (a_share(),), COORDINATION),
    ("can_renew_share", {}, (a_share(from_unit=THEIRS),), set()),
    ("can_renew_share", {}, (a_share(scope=SECRET),), set()),
    ("can_renew_share", {"bound_by_secrecy": True}, (a_share(scope=SECRET),), COORDINATION),
    ("can_reveal", {}, (a_case(),), WORKING),
    ("can_export", {}, (a_case(),), WORKING),
    ("can_export", {"channel": "token"}, (a_case(),), set()),
    ("can_want_person", {}, (), {"dpo"}),
    ("can_add_documents", {}, (), WORKING),
    ("can_copy_documents", {}, (), CORE),
    ("can_add_measure", {}, (a_case(),), CORE),
    ("can_add_measure", {}, (a_case(state="qualified"),), set()),
    ("can_add_measure", {}, (a_case(editors=[THEIRS]),), set()),
    ("can_finish_measure", {}, (MEASURE,), EVERYBODY),
    ("can_finish_measure", {}, (THEIR_MEASURE,), COORDINATION),
    ("can_give_feedback", {}, (a_case(),), COORDINATION),
    ("can_give_feedback", {}, (a_case(state="draft"),), set()),
    ("can_give_feedback", {}, (a_case(state="closed"),), set()),
    *(("can_take_step", {}, (verb,), set(step.roles)) for verb, step in STEPS.items()),
]


@pytest.mark.parametrize("name", sorted({name for name, *_rest in TABLE}))
def test_a_policy_says_yes_to_these_roles_and_to_nobody_else(name):
    policy, wrong = getattr(policies, name), {}
    rows = [row[1:] for row in TABLE if row[0] == name]
    for number, (other, about, may) in enumerate(rows):
        yes = {role for role in Role.values if policy(a_viewer(role, **other), *about)}
        if yes != may:
            wrong[number] = yes ^ may
    assert wrong == {}


def test_every_policy_is_asked():
    found = {name for name, _function in inspect.getmembers(policies, inspect.isfunction)}
    assert {name for name in found if name.startswith("can_")} <= {row[0] for row in TABLE}
