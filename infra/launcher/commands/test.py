"""`./infra/bin/test`: every check and every test; with arguments, pytest alone with these."""

import os
from collections.abc import Sequence
from pathlib import Path

from infra.launcher.chromium import chromium_variables
from infra.launcher.identity_provider import identity_provider_variables
from infra.launcher.places import Places
from infra.launcher.runs import Run, one_run
from infra.launcher.steps import (
    Outcome,
    database_step,
    pytest_steps,
    run_step,
    static_steps,
    summary,
)

DEBIAN = Path("/usr/lib/postgresql/15/bin")


def main(arguments: Sequence[str], places: Places) -> int:
    """Run everything, so that one sees all failures, and fail when anything fails."""
    browser = chromium_variables(places, may_install=not arguments)
    with one_run(places, browser) as run:
        outcomes = run.prepared()
        provider = identity_provider_variables(places, run.servers.environment)
        run.servers.environment.update(provider)
        _warn(browser)
        if not arguments:
            outcomes += [
                run_step(step, run.servers.environment)
                for step in static_steps(places, run.servers.environment)
            ]
        tests = [
            run_step(step, run.servers.environment) for step in pytest_steps(places, arguments)
        ]
        outcomes += tests
        run.keep_logs = not all(outcome.passed for outcome in tests)
    _warn_of("SIGN-IN THROUGH A PROVIDER IS NOT TESTED", provider.get("REMPART_NO_PROVIDER"))
    if not arguments:
        outcomes += _on_debian(places, browser)
    _warn(browser)
    return summary(outcomes) if len(outcomes) > 1 else int(not outcomes[0].passed)


def _on_debian(places: Places, browser: dict[str, str]) -> list[Outcome]:
    """The database tests on Debian's PostgreSQL 15, where it is installed."""
    if not (DEBIAN / "initdb").exists():
        print(f"\nNo PostgreSQL 15 in {DEBIAN}: its tests did not run.")
        return []
    os.environ["REMPART_PG_BIN"] = str(DEBIAN)
    with one_run(places, browser) as run:
        return [run_step(database_step(places, _version(run)), run.servers.environment)]


def _version(run: Run) -> int:
    return run.servers.postgres.version() if run.servers.postgres is not None else 0


def _warn(browser: dict[str, str]) -> None:
    """Say loudly that the browser tests do not run, and why."""
    _warn_of("THE BROWSER TESTS DO NOT RUN", browser.get("REMPART_NO_BROWSER"))


def _warn_of(what: str, reason: str | None) -> None:
    if reason:
        line = "*" * 78
        print(f"\n{line}\n  {what}: {reason}.\n{line}", flush=True)
