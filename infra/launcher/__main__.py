"""The first thing that runs, on whatever Python the machine has."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older Python may well be what runs this)
    sys.exit(
        "Rempart needs Python 3.11 or newer; this is Python {}.{}.\n"
        "Install one, or name one: REMPART_PYTHON=/path/to/python3.11".format(*sys.version_info)
    )

from infra.launcher.first import main

main(sys.argv[1:])
