"""What can go wrong on somebody's machine, in a plain sentence that says what to do."""

import errno
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

FULL = (errno.ENOSPC, errno.EDQUOT)
REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS)


class Problem(Exception):
    """Something that a person can put right. Its text says what happened and what to do."""


def no_space(path: str | Path) -> str:
    """The sentence for a full disk."""
    return (
        f"There is no space left on the disk that holds {path}.\n"
        "Free some, or set REMPART_STATE to a directory on another disk, and start again."
    )


def check_space(path: Path, needed: int) -> None:
    """Refuse to begin what a nearly full disk would leave half done."""
    there = path
    while not there.exists():
        there = there.parent
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Problem(
            f"The disk that holds {path} has {free // 2**20} MB free and "
            f"{needed // 2**20} MB are needed.\n"
            "Free some space, or set REMPART_STATE to a directory on another disk."
        )


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, indented, for a message about the process that wrote it."""
    try:
        text = log.read_text(errors="replace")
    except OSError:
        return ""
    return "\n".join(f"    {line}" for line in text.splitlines()[-count:])


def end_like_ctrl_c() -> None:
    """Leave by the same door however we are asked to end; a `nohup` stays respected."""
    signal.signal(signal.SIGINT, _interrupt)
    signal.signal(signal.SIGTERM, _interrupt)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        signal.signal(signal.SIGHUP, _interrupt)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextmanager
def explained() -> Iterator[None]:
    """End the command with a sentence, not a traceback, when the machine is at fault."""
    try:
        yield
    except Problem as problem:
        sys.exit(f"\n{problem}")
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:
        where = error.filename if error.filename is not None else os.getcwd()
        if error.errno in FULL:
            sys.exit(f"\n{no_space(os.fsdecode(where))}")
        if error.errno in REFUSED:
            sys.exit(
                f"\nThis user may not write {os.fsdecode(where)} ({error.strerror}).\n"
                "Run the command as the owner of that path, or set REMPART_STATE to a directory "
                "of your own."
            )
        raise
