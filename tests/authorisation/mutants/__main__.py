"""Plants every defect, says of each whether it was noticed and by what, and names the survivors.

./infra/bin/authz-mutants                 all of them; what was noticed before is not asked again,
                                          of the tests only those files that are new
./infra/bin/authz-mutants --only 140      so many of each kind, drawn by REMPART_SEED
./infra/bin/authz-mutants referrals_case  those with these letters in their name
./infra/bin/authz-mutants --anew          from the beginning
./infra/bin/authz-mutants may_sit --tests tests/meetings/test_walls.py
                                          only these tests are asked; nothing is written down
"""

import argparse
import os
import sys
from collections.abc import Sequence

import django


def main(arguments: Sequence[str]) -> int:
    """Plant one after the other; 1 when any of them survived without an excuse."""
    options = _options(arguments)
    django.setup()
    from django.conf import settings
    from django.test.utils import setup_test_environment

    from tests.authorisation.mutants.campaign import Campaign
    from tests.authorisation.mutants.ground import quiet
    from tests.authorisation.mutants.journal import Journal
    from tests.support.cells import seed
    from tests.support.database import migrated_database
    from tests.support.scanner import listening

    setup_test_environment()
    migrated_database()
    say(f"REMPART_SEED={seed()}")
    if options.tests:
        return _by_these(options.named, options.tests)
    journal = Journal(anew=options.anew)
    with quiet(), listening() as scanner:
        settings.CLAMD = os.environ["REMPART_CLAMD"] = scanner.address
        campaign = Campaign(journal, options, say)
        campaign.quickly()
    if not options.quick:
        campaign.deeply()
    return campaign.verdict()


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./infra/bin/authz-mutants",
        description="Plants defects of authorisation one at a time; all of them must be noticed.",
    )
    parser.add_argument("named", nargs="?", default="", help="letters of a defect's name")
    parser.add_argument("--only", type=int, default=0, help="so many of each kind, by the seed")
    parser.add_argument("--anew", action="store_true", help="forget what was noticed before")
    parser.add_argument("--tests", nargs="+", default=[], help="ask only these tests")
    parser.add_argument("--quick", action="store_true", help="ask no test file, only the tables")
    return parser.parse_args(list(arguments))


def _by_these(named: str, asked: list[str]) -> int:
    """Whether certain tests notice certain defects: for whoever writes such a test."""
    from tests.authorisation.mutants import code, functions, tables
    from tests.authorisation.mutants.deep import Tests

    found = [*code.defects(), *functions.defects(), *tables.defects()]
    names = [each.name for each in found if named in each.name]
    missed = []
    with Tests(say, anew=False, learns=False) as tests:

        def ask(name: str) -> None:
            by = tests.noticed([name], asked) or tests.noticed([name], asked, alone=True)
            say(f"{'noticed ' if by else 'survived'} {name}  {by}")
            missed.extend([] if by else [name])

        tests.each(ask, names)
    return int(bool(missed))


def say(line: str) -> None:
    """Tell the person at the terminal at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
