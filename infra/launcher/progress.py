"""Shows what is being done: one line for each step, with the time it took.

It goes to standard error, so that a command's own output can be read by another program.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

WIDTH = 46


@contextmanager
def step(title: str) -> Iterator[Callable[[str], None]]:
    """Print the title, then what the step reports of itself, then its time, on one line."""
    began = time.monotonic()
    live = sys.stderr.isatty()
    _write(f"  {title} ".ljust(WIDTH, "."))

    def report(detail: str) -> None:
        if live:
            _write(
                "\r\033[K" + f"  {title} ".ljust(WIDTH, ".") + (f" {detail[:30]}" if detail else "")
            )

    try:
        yield report
    except BaseException:
        report("")
        _write(" stopped\n")
        raise
    report("")
    _write(f" {time.monotonic() - began:.1f} s\n")


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
