"""The checks of the test command: what each is called and what it runs."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.launcher.frontend import SOURCES, npm_command, npm_variables
from infra.launcher.places import ROOT, Places

PEOPLE = ("tests/agencies",)
PARALLEL = ("-n", "4", "--dist", "worksteal")
"""On two cores: tests wait for a server, a browser, a moment, and would leave both idle.

Tests stay together in the order of their files, so that what they stand on is made once.
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One check: a heading, a command, and what it needs beyond the common environment."""

    title: str
    command: Sequence[str | Path]
    variables: Mapping[str, str] = field(default_factory=dict)
    directory: Path = ROOT


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended."""

    title: str
    passed: bool
    seconds: float


def static_steps(places: Places, environment: Mapping[str, str]) -> list[Step]:
    """Everything that reads the code without exercising it."""
    python = places.python
    manage: list[str | Path] = [python, ROOT / "manage.py"]
    return [
        Step("ruff format", [python, "-m", "ruff", "format", "--check", "."]),
        Step("ruff check", [python, "-m", "ruff", "check", "."]),
        Step("mypy", [python, "-m", "mypy"]),
        Step("import contracts", [python, places.venv / "bin" / "lint-imports"]),
        table_step(places),
        Step(
            "TypeScript",
            npm_command("run", "--silent", "check"),
            npm_variables(places, environment),
            SOURCES,
        ),
        # Reads the history of a database: the tests' own is made by the tests, later.
        Step(
            "migrations",
            [*manage, "makemigrations", "--check", "--dry-run"],
            {"REMPART_TEST_DB": environment["REMPART_DB_NAME"], "PYTHONWARNINGS": "error"},
        ),
        Step(
            "check --deploy",
            [*manage, "check", "--deploy", "--fail-level", "WARNING"],
            production_variables(),
        ),
    ]


def table_step(places: Places, *, write: bool = False) -> Step:
    """Compare the written table of rights with the rows that the tests ask, or write it anew."""
    command: list[str | Path] = [places.python, "-m", "tests.authorisation.table"]
    return Step("table of rights", [*command, "--write"] if write else command)


def without_servers(places: Places) -> dict[str, str]:
    """An environment for what only reads the code; nothing in it leads to a database."""
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings.test"}


def everything_of_the_tables(places: Places, arguments: Sequence[str]) -> Step:
    """Every cell of every table, in two processes; the caller's own arguments replace ours."""
    chosen = list(arguments) or ["-n", "2", "-q"]
    command: list[str | Path] = [places.python, "-m", "pytest", "-m", "table", *chosen]
    return Step("every cell", command, {"REMPART_CELLS": "all"})


def every_item_of_the_corpora(places: Places, arguments: Sequence[str]) -> Step:
    """Every item of bad input, in two processes; the caller's own arguments replace ours."""
    chosen = list(arguments) or ["-n", "2", "-q"]
    command: list[str | Path] = [places.python, "-m", "pytest", "-m", "corpus", *chosen]
    return Step("every item", command, {"REMPART_CORPUS": "whole"})


def pytest_steps(places: Places, arguments: Sequence[str]) -> list[Step]:
    """The tests, in several processes; the caller's own arguments replace ours.

    The rooms of people and agencies come first, in databases of their own: each test founds a
    cell, and one database has only so many codes for cells.
    """
    pytest: list[str | Path] = [places.python, "-m", "pytest"]
    if arguments:
        return [Step("pytest", [*pytest, *arguments])]
    others = [f"--ignore={room}" for room in PEOPLE]
    return [
        Step("pytest, people and agencies", [*pytest, *PARALLEL, *PEOPLE]),
        Step("pytest, everything else", [*pytest, *PARALLEL, *others]),
    ]


def database_step(places: Places, version: int) -> Step:
    """A fifth of the tests of the database once more, on another PostgreSQL.

    Which files, the seed draws; with REMPART_CELLS=all it is all of them. The tables of routes and
    the bad input are asked once: they ask the same code on either.
    """
    which = "database and not table and not corpus"
    command: list[str | Path] = [places.python, "-m", "pytest", "-m", which, *PARALLEL]
    return Step(f"pytest on PostgreSQL {version}", [*command, "-q"], {"REMPART_FIFTH": "yes"})


def production_variables() -> dict[str, str]:
    """A production environment as an operator would set it, with an example's address."""
    return {
        "DJANGO_SETTINGS_MODULE": "config.settings.production",
        "REMPART_SECRET_KEY": secrets.token_urlsafe(64),
        "REMPART_ALLOWED_HOSTS": "rempart.example",
        "REMPART_ORIGINS": "https://rempart.example",
        "REMPART_PUBLIC_ADDRESS": "https://rempart.example",
    }


def run_step(step: Step, environment: Mapping[str, str]) -> Outcome:
    """Run one check under a heading, with its output as it comes."""
    _say(f"\n== {step.title} ==")
    began = time.monotonic()
    code = subprocess.run(
        [os.fspath(part) for part in step.command],
        env={**environment, **step.variables},
        cwd=step.directory,
        check=False,
    ).returncode
    outcome = Outcome(step.title, code == 0, time.monotonic() - began)
    _say(f"-- {step.title}: {_word(outcome)} in {outcome.seconds:.1f} s")
    return outcome


def summary(outcomes: Sequence[Outcome]) -> int:
    """Print how every check ended and return the exit code of the whole."""
    _say("\n== summary ==")
    for outcome in outcomes:
        _say(f"  {outcome.title:28} {_word(outcome):8} {outcome.seconds:7.1f} s")
    return 0 if all(outcome.passed for outcome in outcomes) else 1


def _word(outcome: Outcome) -> str:
    return "passed" if outcome.passed else "FAILED"


def _say(line: str) -> None:
    print(line)
    sys.stdout.flush()
