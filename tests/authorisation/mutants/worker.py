"""Runs tests for the campaign, each time in a process and a database of its own.

Django and the defects are read once; each run is a copy of this process. One job a line comes in,
one answer a line goes out.
"""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import pytest


class Failed:
    """Keeps what fails, in the order in which it did."""

    def __init__(self) -> None:
        self.tests: list[str] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test may fail, and its end as well."""
        if report.failed and report.nodeid not in self.tests:
            self.tests.append(report.nodeid)


def planted(defects: list[Any], *, alone: bool) -> ModuleType:
    """Plants defects for a whole run, with or without the second wall."""
    from tests.authorisation.test_each_wall_alone import without_the_second_wall

    @pytest.fixture(scope="session", autouse=True)
    def _planted(database: None) -> Iterator[None]:
        with ExitStack() as stack:
            if alone:
                stack.enter_context(without_the_second_wall())
            for defect in defects:
                stack.enter_context(defect.planted())
            yield

    return _plugin(_planted)


def watched(watch: Any) -> ModuleType:
    """Watches every condition for a whole run."""

    @pytest.fixture(scope="session", autouse=True)
    def _watched(database: None) -> Iterator[None]:
        with watch.watching():
            yield

    return _plugin(_watched)


def _plugin(fixture: Any) -> ModuleType:
    """A plugin of this one fixture; pytest looks for fixtures in modules."""
    made = ModuleType("during_a_run")
    vars(made)["during_the_run"] = fixture
    return made


class Recorded:
    """Notes of each test that passes how long it took and which defects would matter in it."""

    def __init__(self, watch: Any, path: Path) -> None:
        self._watch, self._path = watch, path

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """What mattered in the fixtures of a wider scope is the first test's as well."""
        result = yield
        names = self._watch.mattered()
        if item.stash.get(PASSED, False):
            seconds = round(item.stash[TOOK], 2)
            line = {"test": item.nodeid, "seconds": seconds, "matters": names}
            with self._path.open("a") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """How the test went."""
        report = yield
        item.stash[TOOK] = item.stash.get(TOOK, 0.0) + report.duration
        if report.when == "call":
            item.stash[PASSED] = report.passed
        return report


TOOK, PASSED = pytest.StashKey[float](), pytest.StashKey[bool]()


def main() -> None:
    """Answer one job after the other, until there are none."""
    django.setup()
    from django.db import connections

    from tests.authorisation.mutants import code, functions, tables
    from tests.authorisation.mutants.watched import Watch
    from tests.support.database import migrated_database

    migrated_database()
    in_code, in_sql = list(code.defects()), list(functions.defects())
    named = {each.name: each for each in (*in_code, *in_sql, *tables.defects())}
    connections.close_all()
    for line in sys.stdin:
        job = json.loads(line)
        chosen = [named[name] for name in job["defects"]]
        if len(chosen) > 1:
            kind: Any = code if isinstance(chosen[0], code.InCode) else functions
            chosen = [kind.together(chosen)]
        if job["record"]:
            watch = Watch(in_code, in_sql)
            plugins = [watched(watch), Recorded(watch, Path(job["record"]))]
        else:
            plugins = [planted(chosen, alone=job["alone"])]
        sys.stdout.write(json.dumps(_in_a_copy(job, plugins)) + "\n")
        sys.stdout.flush()


def _in_a_copy(job: dict[str, Any], plugins: list[Any]) -> dict[str, Any]:
    """What came of a run; a run that takes longer than one has patience for came to nothing."""
    failed = Failed()
    stop = [] if job["every"] else ["-x"]
    with tempfile.TemporaryFile("w+") as answer:
        child = os.fork()
        if not child:
            signal.alarm(job["patience"])
            with open(os.environ.get("REMPART_MUTANTS_LOG", os.devnull), "a") as log:
                os.dup2(log.fileno(), 1)
                os.dup2(log.fileno(), 2)
                code = int(pytest.main([*stop, "-q", *job["tests"]], [*plugins, failed]))
            answer.write(json.dumps({"code": code, "all": failed.tests}))
            answer.flush()
            os._exit(0)
        os.waitpid(child, 0)
        answer.seek(0)
        text = answer.read()
    return dict(json.loads(text)) if text else {"code": -1, "all": []}


if __name__ == "__main__":
    main()
