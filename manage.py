#!/usr/bin/env python
"""Django's command line. `./infra/bin/manage` runs it with the embedded database around it."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent


def main() -> None:
    """Run one command with the repository's packages ahead of every installed one."""
    first = [str(ROOT), str(ROOT / "platform")]
    sys.path[:] = first + [entry for entry in sys.path if entry not in first]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.demo")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
