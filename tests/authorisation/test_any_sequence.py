"""Whatever happens in whatever order: five people see what a small model says, by every way in.

Many more of them: REMPART_SEQUENCES=100 ./infra/bin/authz tests/authorisation/test_any_sequence.py

And the comparison bites: with any of these defects planted, some sequence is told apart. That takes
some minutes for each: REMPART_DEFECTS=1 ./infra/bin/authz tests/authorisation/test_any_sequence.py
"""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from referrals.api.views import ShareViewSet
from tests.authorisation import sequence
from tests.authorisation.sequence import Sharing
from tests.support import cells
from tests.support.planting import function_says
from tests.support.server import Server

pytestmark = [
    pytest.mark.table,
    pytest.mark.slow,
    pytest.mark.skipif(not cells.asks_all(), reason="played by ./infra/bin/authz"),
]
EXAMPLES, STEPS = int(os.environ.get("REMPART_SEQUENCES", "8")), 16
RULES = {
    *("begin", "propose", "accept", "refuse", "revoke", "let_one_expire", "close", "leave"),
    "break_the_glass",
}


def play(server: Server, examples: int, label: str, *rules: str) -> int:
    """Play sequences of all rules, or of these, comparing after each step; how many there were."""
    machines: list[Sharing] = []

    class Seeded(Sharing):
        def __init__(self) -> None:
            super().__init__(server)
            machines.append(self)

    for name in RULES - set(rules) if rules else ():
        setattr(Seeded, name, None)

    chance = seed(cells.dice(label).randrange(2**32))
    playing = settings(
        max_examples=examples,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        print_blob=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(chance(Seeded), settings=playing)
    return sum(machine.steps for machine in machines)


@pytest.mark.parametrize("part", range(2))
def test_five_people_see_what_the_model_says(server, part, record_property):
    steps = play(server, EXAMPLES // 2, f"sequence {part}")
    record_property("steps", steps)
    assert steps > EXAMPLES * 3


@contextmanager
def another(owner: object, name: str, made: Callable[..., Any]) -> Iterator[None]:
    """Something of ours that does another thing."""
    whole = getattr(owner, name)
    setattr(owner, name, made)
    try:
        yield
    finally:
        setattr(owner, name, whole)


def revokes_nothing(self: ShareViewSet, request: Any, pk: UUID) -> Any:
    """What the API's revocation answers, without having done it."""
    return self.answer({"id": str(pk), "state": "revoked"})


def leaving_ends_nothing(*_arguments: Any, **_named: Any) -> None:
    """What ends a membership, without having done it."""


FOLLOWS = "referrals.follow_share"
SHARED = ("begin", "propose", "accept")
Planting = Callable[[], AbstractContextManager[None]]
DEFECTS: dict[str, tuple[Planting, tuple[str, ...]]] = {
    "a share does not end with its time": (
        lambda: function_says("referrals.still_granted", "AND now() < g.valid_until", ""),
        ("begin", "let_one_expire"),
    ),
    "a proposal opens before it is accepted": (
        lambda: function_says(
            FOLLOWS, "TG_OP = 'UPDATE' AND NEW.state = 'accepted'", "NEW.state = 'proposed'"
        ),
        ("begin", "propose"),
    ),
    "a refused share opens": (
        lambda: function_says(
            FOLLOWS, "NEW.state = 'accepted'", "NEW.state IN ('accepted', 'refused')"
        ),
        ("begin", "propose", "refuse"),
    ),
    "a revoked share stays open": (
        lambda: function_says(
            FOLLOWS, "WHERE share_id = NEW.id", "WHERE share_id = NEW.id AND NEW.state <> 'revoked'"
        ),
        (*SHARED, "revoke"),
    ),
    "the API revokes nothing": (
        lambda: another(ShareViewSet, "revoke", revokes_nothing),
        (*SHARED, "revoke"),
    ),
    "a closed case stays open to partners": (
        lambda: function_says(
            FOLLOWS,
            "WHERE share_id = NEW.id",
            "WHERE share_id = NEW.id AND NEW.state <> 'case_closed'",
        ),
        (*SHARED, "close"),
    ),
    "leaving ends nothing": (
        lambda: another(sequence, "end_membership", leaving_ends_nothing),
        (*SHARED, "leave"),
    ),
    "an emergency access opens all parts": (
        lambda: function_says(
            "referrals.open_glass", "b.scope & ~c.closed_scope, 2, now()", "511, 2, now()"
        ),
        ("begin", "propose", "break_the_glass"),
    ),
}


@pytest.mark.skipif(not os.environ.get("REMPART_DEFECTS"), reason="REMPART_DEFECTS is not set")
@pytest.mark.parametrize("defect", DEFECTS)
def test_with_a_defect_the_comparison_fails(server, defect):
    """What it is about is played alone, so that it comes up soon; without it, nothing fails."""
    plant, rules = DEFECTS[defect]
    play(server, 2, defect, *rules)
    with plant(), pytest.raises(AssertionError):
        play(server, 16, defect, *rules)
