"""Servers and roles against each other, in turn, under the same people."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from infra.bench.load.rounds import Tally, play
from infra.bench.load.servers import KINDS, Server, serving
from infra.bench.measuring.open_role import RUNTIME, Login, without_row_security
from infra.bench.measuring.people import SignedIn

READING, NO_PAUSE = "reading", "no pause"
WARM_UP = 4.0
Tallies = dict[tuple[str, bool, str], Tally]
"""By kind of server, whether under row security, and kind of load."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is measured, and for how long."""

    database: str
    workers: int
    rounds: int
    seconds: float
    think: float
    seed: int


def compete(setup: Setup, people: list[SignedIn], tell: Callable[[str], None]) -> Tallies:
    """Load each server under each role, in an order that changes from round to round."""
    secured = Login(RUNTIME, os.environ["REMPART_DB_PASSWORD_RUNTIME"])
    tallies: Tallies = {}
    warm_up = min(WARM_UP, setup.seconds)
    with ExitStack() as stack:
        open_ = stack.enter_context(without_row_security())
        servers: dict[tuple[str, bool], Server] = {}
        for kind in KINDS:
            for under, login in ((True, secured), (False, open_)):
                made = serving(kind, setup.database, login, setup.workers)
                servers[kind, under] = stack.enter_context(made)
        for server in servers.values():
            _round(Tally(), server, setup, people, NO_PAUSE, warm_up, setup.seed)
        for number in range(setup.rounds):
            for load in (READING, NO_PAUSE):
                order = list(servers.items())
                for (kind, under), server in order if number % 2 else reversed(order):
                    tell(f"round {number + 1}, {load}")
                    tally = tallies.setdefault((kind, under, load), Tally())
                    seed = setup.seed + 1000 * number
                    _round(tally, server, setup, people, load, setup.seconds, seed)
    return tallies


def _round(
    tally: Tally,
    server: Server,
    setup: Setup,
    people: list[SignedIn],
    load: str,
    seconds: float,
    seed: int,
) -> None:
    play(
        tally,
        server,
        people,
        database=setup.database,
        seconds=seconds,
        think=setup.think if load == READING else 0.0,
        seed=seed,
    )
