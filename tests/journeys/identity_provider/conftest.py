"""A real OpenID provider, pages that know it, and people who may leave for it."""

import pytest

from agencies.models import AllowedProvider
from tests.journeys.identity_provider.acting import EXPECTED, JUSTICE
from tests.support.identity_provider import running_provider
from tests.support.server import web_server


@pytest.fixture(scope="module")
def provider(database):
    """The provider, which has to know where our pages are."""
    with running_provider() as running:
        yield running


@pytest.fixture(scope="module")
def server(provider):
    """Our pages, which have to know where the provider is."""
    with web_server(port=provider.site_port, **provider.variables) as running:
        yield running


@pytest.fixture
def accepted(apart, cell):
    """The cell accepts the ministry's provider."""

    def accept():
        AllowedProvider.objects.using("operator").create(
            cell_id=cell.cell.pk, idp_id=JUSTICE, name="Ministère de la Justice"
        )

    apart(accept)


@pytest.fixture
def desk(sits_down, provider):
    """Somebody at a desk who may leave for the provider's own pages."""

    def sit(seat, width=1280):
        return sits_down(seat, width=width, expecting=(provider.issuer, *EXPECTED))

    return sit
