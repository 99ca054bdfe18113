"""`python -m tests.support.typed SEED`: the manifest of the corpus."""

import sys

from tests.support.typed import injections, names

for one in [*names.corpus(int(sys.argv[1])), *injections.corpus(int(sys.argv[1]))]:
    sys.stdout.write(one.line() + "\n")
