"""Asks the test files that speak of what a defect is in, each time in a process of their own."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"
LEFT_OUT = ("journeys", "infra", "architecture", "mutants", "support", "ui")
FILES, SECONDS = 6, 400
FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


@cache
def _texts() -> dict[Path, str]:
    return {
        path: path.read_text()
        for path in sorted(TESTS.rglob("test_*.py"))
        if not set(path.relative_to(TESTS).parts) & set(LEFT_OUT)
        and path.name not in ("test_any_sequence.py", "test_import_size.py", "test_large_cell.py")
    }


def files_about(words: dict[str, int]) -> list[str]:
    """The test files that speak most of these words, by the weight of each word."""
    scores: dict[Path, int] = {}
    for path, text in _texts().items():
        score = sum(
            weight * min(5, len(re.findall(rf"\b{re.escape(word)}\b", text)))
            for word, weight in words.items()
        )
        if score:
            scores[path] = score
    best = sorted(scores, key=lambda path: (-scores[path], str(path)))[:FILES]
    return [str(path.relative_to(ROOT)) for path in best]


def words_of(name: str) -> dict[str, int]:
    """What a test would call the thing that a defect is in."""
    where = name.partition(":")[0].removesuffix("()")
    parts = [part for part in re.split(r"[.\s]", where) if part]
    words = {parts[-1].lstrip("_"): 6}
    for part in parts[:-1]:
        if part not in ("services", "selectors", "policies", "kernel"):
            words.setdefault(part, 1)
    words.pop("referrals", None) if len(words) > 1 else None
    return {word: weight for word, weight in words.items() if len(word) > 3}


def noticed(name: str, files: list[str]) -> str:
    """The first test that fails with the defect planted; nothing when all of them pass."""
    if not files:
        return ""
    told = _pytest(files, {"REMPART_DEFECT": name})
    failed = FAILED.search(told)
    return failed[1] if failed else ""


def green(files: list[str]) -> list[str]:
    """Those of the files that pass while everything is whole."""
    return [file for file in files if _passes(file)]


@cache
def _passes(file: str) -> bool:
    return not _pytest([file], {})


def _pytest(files: list[str], variables: dict[str, str]) -> str:
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        *_plugin(),
        *files,
    ]
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env={**os.environ, "REMPART_TEST_DB": "test_rempart_deep", **variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return ""
    return done.stdout if done.returncode == 1 else ""


def _plugin() -> Iterator[str]:
    yield from ("-p", "tests.authorisation.mutants.plugin")
