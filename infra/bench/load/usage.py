"""What processes have used so far, as Linux counts it."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def tree(root: int) -> list[int]:
    """A process and everything that descends from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        process = queue.pop()
        found.append(process)
        queue += children.get(process, [])
    return found


def cpu_seconds(processes: Iterable[int]) -> dict[int, float]:
    """Seconds of processor time of each process, with those of its threads that have ended."""
    used = {}
    for process in processes:
        with suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            used[process] = (int(fields[11]) + int(fields[12])) / TICK
    return used


def memory_mb(processes: Iterable[int]) -> float:
    """Memory of all of them together; pages that several share are counted once."""
    kilobytes = 0
    for process in processes:
        with suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def more(before: dict[int, float], after: dict[int, float]) -> float:
    """What was used between two looks; a process that is new began at nothing."""
    return sum(used - before.get(process, 0.0) for process, used in after.items())
