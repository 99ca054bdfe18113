"""The options that every measurement has."""

import argparse
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Options:
    """How to print, how much to measure, and where chance starts."""

    json: bool
    quick: bool
    seed: int

    @classmethod
    def of(cls, found: argparse.Namespace) -> "Options":
        """The shared part of what was given on the command line."""
        return cls(json=found.json, quick=found.quick, seed=found.seed)


def options_for(name: str, about: str) -> argparse.ArgumentParser:
    """A parser that knows the shared options; a measurement adds its own."""
    parser = argparse.ArgumentParser(
        prog=f"./infra/bin/bench {name}",
        description=about,
        epilog="Exits 1 when a goal is missed.",
    )
    parser.add_argument("--json", action="store_true", help="print lines of JSON, not a table")
    parser.add_argument("--quick", action="store_true", help="a reduced size, to see that it runs")
    parser.add_argument("--seed", type=int, default=1, help="where chance starts (default: 1)")
    return parser
