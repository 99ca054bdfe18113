"""What every test of what is kept starts from."""

import pytest

from tests.audit.conftest import owner_of_everything  # noqa: F401
from tests.audit.keeping.ageing import ground


@pytest.fixture(scope="module")
def thinned(owner_of_everything):  # noqa: F811  the fixture of that name
    """An old log that was purged."""
    made = ground(owner_of_everything)
    made.carried_out()
    return made


@pytest.fixture
def attack(owner_of_everything):  # noqa: F811  the fixture of that name
    """Whoever owns the database, in a transaction that is undone."""
    with owner_of_everything.transaction(force_rollback=True):
        yield owner_of_everything
