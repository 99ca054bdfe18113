"""A provider that obeys the test, a cell that accepts it, and somebody whose identity is linked."""

import pytest

from tests.agencies.factories import Person
from tests.agencies.oidc.going import accepts, linked
from tests.support.hostile_provider import hostile_provider


@pytest.fixture
def provider(settings):
    """Honest until the test says otherwise."""
    with hostile_provider() as running:
        settings.IDENTITY_PROVIDER = running.settings()
        yield running


@pytest.fixture
def agent(cell, gendarme, provider) -> Person:
    """A gendarme whose cell accepts the provider and whose identity is linked."""
    accepts(cell, provider.idp_id)
    linked(gendarme, provider)
    return gendarme
