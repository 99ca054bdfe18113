"""Plants the defect that REMPART_DEFECT names for a whole run of pytest."""

import os
from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def _planted(database: None) -> Iterator[None]:
    """The defect, if one is named, from before the first test until after the last."""
    name = os.environ.get("REMPART_DEFECT")
    if not name:
        yield
        return
    from tests.authorisation.mutants import code, functions, tables

    for kind in (code, functions, tables):
        for defect in kind.defects():
            if defect.name == name:
                with defect.planted():
                    yield
                return
    pytest.exit(f"there is no defect {name!r}", returncode=3)
