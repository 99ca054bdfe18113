"""What runs Rempart is tested below Django: on the bare server, without the migrated database."""

import pytest


@pytest.fixture(scope="session", autouse=True)
def database():
    """In place of the migrated database that the other tests have."""
