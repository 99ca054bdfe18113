"""A worker in a process of its own: ``python -m tests.support.at_work`` does what is owed and ends.

It says how much was done, the seconds of its processor, and how much memory it held in MB: before,
and at most.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import django
from django.conf import settings

from tests.support.server import ROOT


def a_worker() -> subprocess.Popen[str]:
    """One on this process's test database."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'platform'}",
        "REMPART_TEST_DB": str(settings.DATABASES["default"]["NAME"]),
    }
    command = [sys.executable, "-m", "tests.support.at_work"]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def main() -> None:
    """Do what is due now."""
    django.setup()
    from kernel.outbox.relay import do_work

    before, began = held(), time.process_time()
    done = do_work()
    used = time.process_time() - began
    sys.stdout.write(f"{done} {used:.1f} {before:.0f} {held():.0f}\n")


def held() -> float:
    """The most memory so far, of this program: what rusage says begins with who started it."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
