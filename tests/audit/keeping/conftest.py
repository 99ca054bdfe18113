"""What every test of what is kept starts from."""

from tests.audit.conftest import owner_of_everything  # noqa: F401
