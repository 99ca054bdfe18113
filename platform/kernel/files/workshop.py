"""Has a foreign file opened by a process of its own, and takes back what it made."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kernel.errors import TooMany

SECONDS = 10
AT_ONCE = 2
PATIENCE = 20
MOST_WAITING = 12
"""How many files of one person may wait at once: more than a browser asks for."""
_START = (
    "import sys, runpy; sys.path.insert(0, sys.argv[1]);"
    " runpy.run_module('kernel.files.cleaning', run_name='__main__', alter_sys=True)"
)
_PLATFORM = Path(__file__).resolve().parents[2]
_turns = threading.BoundedSemaphore(AT_ONCE)
_person: ContextVar[str] = ContextVar("person", default="")
_people: dict[str, "_Line"] = {}
_counting = threading.Lock()


class Unfit(Exception):
    """The file is not accepted: ``code`` is one of the words of the cleaning, or ``too_slow``."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Made:
    """What came of a job: files, and what was found out."""

    pieces: list[bytes]
    facts: Mapping[str, Any]


@dataclass(slots=True)
class _Line:
    """Where the files of one person wait for each other."""

    turn: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


@contextmanager
def on_behalf_of(person: str) -> Iterator[None]:
    """What is done meanwhile is done for this person, one file after the other.

    Whoever looks at many heavy files waits for themselves, and the others for nobody.
    """
    before = _person.set(person)
    try:
        yield
    finally:
        _person.reset(before)


def have_done(job: str, kind: str, content: bytes, **asked: object) -> Made:
    """Have one job done on one file, within ten seconds. Needs no transaction.

    Raises Unfit when the file is not accepted, and TooMany when everybody sends files at once, or
    one person too many.
    """
    with _own_turn(_person.get()):
        if not _turns.acquire(timeout=PATIENCE):
            raise TooMany.wait(PATIENCE)
        try:
            return _read(_run(job, kind, content, asked))
        finally:
            _turns.release()


@contextmanager
def _own_turn(person: str) -> Iterator[None]:
    if not person:
        yield
        return
    with _counting:
        line = _people.setdefault(person, _Line())
        if line.waiting >= MOST_WAITING:
            raise TooMany.wait(PATIENCE)
        line.waiting += 1
    try:
        if not line.turn.acquire(timeout=PATIENCE):
            raise TooMany.wait(PATIENCE)
        try:
            yield
        finally:
            line.turn.release()
    finally:
        with _counting:
            line.waiting -= 1
            if not line.waiting:
                del _people[person]


def _run(job: str, kind: str, content: bytes, asked: Mapping[str, object]) -> bytes:
    head = json.dumps({**asked, "job": job, "kind": kind, "content": len(content)}).encode() + b"\n"
    process = subprocess.Popen(  # noqa: S603  our own program, by our own interpreter
        _command(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
        cwd="/",
        close_fds=True,
    )
    try:
        said, _nothing = process.communicate(head + content, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        process.communicate()
        raise Unfit("too_slow") from error
    if process.returncode != 0:
        # Killed by a limit, or by what the file did to a library: neither is told apart here.
        raise Unfit("bomb")
    return said


def _read(said: bytes) -> Made:
    line, _newline, rest = said.partition(b"\n")
    facts = json.loads(line)
    if "refused" in facts:
        raise Unfit(facts["refused"])
    pieces, place = [], 0
    for length in facts.pop("made"):
        pieces.append(rest[place : place + length])
        place += length
    return Made(pieces, facts)


@cache
def _command() -> list[str]:
    return [sys.executable, "-I", "-c", _START, str(_PLATFORM)]
