"""One server for the file; people of the floor."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.support.ear import Ear
from tests.support.server import Server, web_server
from tests.support.sittings import Sitting

Opens = Callable[..., Ear]


@pytest.fixture(scope="module")
def server(database: None) -> Iterator[Server]:
    with web_server() as running:
        yield running


@pytest.fixture
def page(server: Server) -> Iterator[Opens]:
    """Open a page's socket, on the shared server or on another; all are closed at the end."""
    with ExitStack() as opened:

        def opens(who: Sitting | None, *, at: Server = server, **options: object) -> Ear:
            ear = Ear(at, who.cookie if who else None, **options)  # type: ignore[arg-type]
            opened.callback(ear.close)
            return ear

        yield opens
