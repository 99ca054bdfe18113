"""The whole national directory at its real size: within a minute and within 300 MB.

Takes about half a minute, in a database of its own: what every later test counts and searches
stays small. Run alone: `pytest -m slow tests/agencies/test_import_size.py -s`.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agencies.demo.directory_file import invented_schools, write_directory
from tests.support.database import a_database_apart

ROOT = Path(__file__).resolve().parents[2]
LINES = 66_000
# The command's own peak: what the system counts for a child begins with the process it came from.
MEASURED = """
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
print(*(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


@pytest.mark.slow
def test_66_000_lines_take_less_than_a_minute_and_300_megabytes(tmp_path):
    path = tmp_path / "annuaire.csv"
    write_directory(path, invented_schools(LINES))
    with a_database_apart("directory") as name:
        imported_twice(path, name)


def imported_twice(path: Path, database: str) -> None:
    environment = os.environ | {
        "REMPART_TEST_DB": database,
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
    }
    for expected in ("créés", "inchangés"):
        start = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-c", MEASURED, str(ROOT / "manage.py"), "import_schools", str(path)],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.monotonic() - start
        megabytes = int(done.stdout.split()[-1]) / 1024
        figures = f"\n{LINES} lines: {seconds:.1f} s, {megabytes:.0f} MB\n{done.stdout}"
        sys.stdout.write(figures)
        assert expected in done.stdout
        assert seconds < 60
        assert megabytes < 300
