"""One job: a line of JSON and a file come in, a line of JSON and files go out.

In: ``{"job", "kind", "content", ...}`` with the length of the content, then the content. Out:
``{"made": [length, ...], ...}`` and what was made, or ``{"refused": code}``.
"""

import json
import sys

from kernel.files.cleaning import Refused
from kernel.files.cleaning.guard import confine

confine()

from kernel.files.cleaning.jobs import JOBS, Made  # noqa: E402  nothing is loaded before the limits


def main() -> None:
    """Do the job of standard input and end."""
    asked = json.loads(sys.stdin.buffer.readline())
    content = sys.stdin.buffer.read(asked["content"])
    try:
        made = JOBS[asked["job"]](content, asked)
    except Refused as refused:
        _say({"refused": refused.code})
        return
    _say({**made.facts, "made": [len(piece) for piece in made.pieces]})
    for piece in made.pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _say(answer: dict[str, object]) -> None:
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n")
    sys.stdout.buffer.flush()


__all__ = ["Made"]
main()
