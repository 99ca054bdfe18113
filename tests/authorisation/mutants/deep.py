"""Asks the tests in which a defect could change something, the most pointed of them first."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
LEFT_OUT = ("journeys", "infra", "architecture", "support", "ui")
TABLE = "pytestmark = pytest.mark.table"
"""Stands in the tests that ask the cells of the tables, as the campaign has done by then."""
TOO_LONG = ("test_any_sequence.py", "test_import_size.py", "test_large_cell.py")
DIRECT = (
    "tests/agencies/test_first_wall.py",
    "tests/agencies/test_whose_word_counts.py",
    "tests/audit/test_first_wall.py",
    "tests/audit/test_own_tables.py",
    "tests/authorisation/test_each_condition.py",
    "tests/authorisation/test_policies_alone.py",
    "tests/authorisation/test_what_has_ended.py",
    "tests/meetings/test_first_wall.py",
    "tests/referrals/test_first_wall.py",
    "tests/referrals/test_other_cell_other_unit.py",
)
"""They ask functions and policies themselves, with one thing wrong: asked before all others."""
PROCESSES, PIECES = 3, 12
TESTS_ASKED, SECONDS_ASKED = 12, 15.0
PATIENCE, WHOLE_PATIENCE = 150, 3000


@dataclass(frozen=True, slots=True)
class Asked:
    """A test, how long it takes, and how many defects would matter in it."""

    test: str
    seconds: float
    matters: int


class Tests:
    """The tests of the house, in two processes; which defect matters in which is found out once."""

    def __init__(self, say: Callable[[str], None], *, anew: bool, learns: bool = True) -> None:
        self._say, self._learns = say, learns
        state = Path(os.environ.get("REMPART_MUTANTS", "authz-mutants.jsonl"))
        self._map = state.with_name("authz-mutants-tests.jsonl")
        if anew:
            self._map.unlink(missing_ok=True)
        self._of: dict[str, list[Asked]] = {}
        self._all: list[Asked] = []
        self._passes_alone: dict[str, bool] = {}
        self._free: SimpleQueue[_Worker] = SimpleQueue()
        self._stack = ExitStack()

    def __enter__(self) -> "Tests":
        """Start the processes and learn, unless it is known, in which tests a defect matters."""
        for number in range(PROCESSES):
            self._free.put(self._stack.enter_context(_Worker(number)))
        if self._learns:
            self._learn()
        return self

    def _learn(self) -> None:
        current = {str(path.relative_to(ROOT)): _digest(path) for path in _files()}
        known = [told for told in self._known() if current.get(_file(told["test"])) == told["file"]]
        asked_before = {_file(told["test"]) for told in known}
        self._record([file for file in current if file not in asked_before], known, current)
        for told in self._known():
            asked = Asked(told["test"], told["seconds"], len(told["matters"]))
            self._all.append(asked)
            for name in told["matters"]:
                self._of.setdefault(name, []).append(asked)

    def _known(self) -> list[dict[str, Any]]:
        if not self._map.exists():
            return []
        return [json.loads(line) for line in self._map.read_text().splitlines()]

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def each(self, asks: Callable[[Any], None], things: Sequence[Any]) -> None:
        """Do something with each of the things, so many at once as there are processes."""
        with ThreadPoolExecutor(PROCESSES) as pool:
            list(pool.map(asks, things))

    def matter(self, names: Sequence[str]) -> list[str]:
        """The tests to ask about these defects, the most pointed first, within the time for it."""
        found = {asked for name in names for asked in self._of.get(name, [])}
        return _affordable(sorted(found, key=lambda a: (_later(a), a.matters, a.seconds, a.test)))

    def about(self, name: str) -> list[str]:
        """The tests of the files that speak of a table, the shortest first."""
        whole = name.partition(":")[0]
        table = whole.partition("_")[2]
        words = (table, "".join(part.capitalize() for part in table.split("_")))
        speak = {
            str(path.relative_to(ROOT))
            for path in _files()
            if any(word in path.read_text() for word in words)
        }
        found = [asked for asked in self._all if _file(asked.test) in speak]
        direct = {file for file in DIRECT if whole in (ROOT / file).read_text()}
        return _affordable(
            sorted(found, key=lambda a: (_file(a.test) not in direct, a.seconds, a.test))
        )

    def count(self, name: str) -> int:
        """In how many tests the defect would change something."""
        return len(self._of.get(name, []))

    def noticed(self, names: list[str], tests: list[str], *, alone: bool = False) -> str:
        """The first test that fails with the defects planted and passes without them."""
        asked = self._passing_alone(tests) if alone else list(tests)
        while asked:
            found = self._run(names, asked, alone=alone)["all"]
            if not found:
                return ""
            failed = found[0]
            again = self._run([], [failed], alone=alone)
            if again["code"] == 0:
                return failed + (" without the second wall" if alone else "")
            if failed not in asked:
                return ""
            asked = asked[asked.index(failed) + 1 :]
        return ""

    def _passing_alone(self, tests: list[str]) -> list[str]:
        """Those that pass without the second wall; each is tried once for all defects."""
        new = [test for test in tests if test not in self._passes_alone]
        if new:
            answer = self._run([], new, alone=True, every=True)
            failing = new if answer["code"] < 0 else answer["all"]
            self._passes_alone |= {test: test not in failing for test in new}
        return [test for test in tests if self._passes_alone[test]]

    def _run(
        self, names: list[str], tests: list[str], *, alone: bool, every: bool = False
    ) -> dict[str, Any]:
        job = {
            "defects": names,
            "tests": tests,
            "alone": alone,
            "every": every,
            "record": "",
            "patience": PATIENCE,
        }
        return self._given(job)

    def _record(
        self, files: list[str], known: list[dict[str, Any]], digests: dict[str, str]
    ) -> None:
        """Ask every test once, while everything is whole and every condition is watched."""
        pieces = [piece for start in range(PIECES) if (piece := files[start::PIECES])]
        written = [self._map.with_suffix(f".{number}") for number in range(len(pieces))]
        if files:
            self._say(f"Asking {len(files)} test files in which of them a defect would matter.")

        def asks(number: int) -> None:
            written[number].unlink(missing_ok=True)
            written[number].touch()
            job = {"defects": [], "tests": pieces[number], "alone": False, "every": True}
            self._given(job | {"record": str(written[number]), "patience": WHOLE_PATIENCE})
            count = len(written[number].read_text().splitlines())
            assert count, "no test passed while its conditions were watched"
            self._say(f"  part {number + 1} of {len(pieces)}: {count} tests")

        self.each(asks, range(len(pieces)))
        told = [json.loads(line) for path in written for line in path.read_text().splitlines()]
        lines = [each | {"file": digests[_file(each["test"])]} for each in told]
        new = self._map.with_suffix(".new")
        new.write_text("".join(json.dumps(line) + "\n" for line in [*known, *lines]))
        new.replace(self._map)

    def _given(self, job: dict[str, Any]) -> dict[str, Any]:
        worker = self._free.get()
        try:
            return worker.asked(job)
        finally:
            self._free.put(worker)


class _Worker:
    """A process that runs tests in a database of its own."""

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> "_Worker":
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.authorisation.mutants.worker"],
            cwd=ROOT,
            env={**os.environ, "REMPART_TEST_DB": f"test_rempart_deep{self._number}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait()

    def asked(self, job: dict[str, Any]) -> dict[str, Any]:
        """The answer to one job."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("a process that runs tests for the campaign has ended")
        return dict(json.loads(answer))


def _affordable(found: Sequence[Asked]) -> list[str]:
    chosen: list[str] = []
    left = SECONDS_ASKED
    for asked in found:
        if len(chosen) < TESTS_ASKED and asked.seconds <= left:
            chosen.append(asked.test)
            left -= asked.seconds
    return chosen


def _later(asked: Asked) -> bool:
    return _file(asked.test) not in DIRECT


def _file(test: str) -> str:
    return test.partition("::")[0]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def _files() -> Iterator[Path]:
    for path in sorted(TESTS.rglob("test_*.py")):
        parts = set(path.relative_to(TESTS).parts)
        if parts & set(LEFT_OUT) or path.name in TOO_LONG or TABLE in path.read_text():
            continue
        yield path
