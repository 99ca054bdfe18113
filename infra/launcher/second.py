"""The part that runs in the virtual environment: it hands over to the command's own module."""

import importlib
import signal
import sys
from types import FrameType

from infra.launcher.places import Places
from infra.launcher.problems import explained


def main(arguments: list[str]) -> int:
    """Run the command and give back its exit code."""
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    command, *rest = arguments
    with explained():
        module = importlib.import_module(f"infra.launcher.commands.{command}")
        code = module.main(rest, Places.of(command))
    return int(code)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Asked to end, by whatever means: leave by the same door as Ctrl-C."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
