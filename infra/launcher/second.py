"""The part that runs in the virtual environment: it hands over to the command's own module."""

import importlib
import sys

from infra.launcher.places import Places
from infra.launcher.problems import end_like_ctrl_c, explained


def main(arguments: list[str]) -> int:
    """Run the command and give back its exit code."""
    end_like_ctrl_c()
    command, *rest = arguments
    with explained():
        name = command.replace("-", "_")
        module = importlib.import_module(f"infra.launcher.commands.{name}")
        code = module.main(rest, Places.of(command))
    return int(code)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
