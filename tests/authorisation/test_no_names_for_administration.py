"""Who runs the platform or a cell sees no name and no fact: pages, API, SQL, logs, exports."""

import logging
from collections.abc import Iterator
from uuid import uuid4

import pytest
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.authorisation.asking import ask, everything_of
from tests.authorisation.expecting import SEATS
from tests.authorisation.operations import OPERATIONS
from tests.authorisation.rows import Operation
from tests.authorisation.scene import Scene
from tests.support.cells import pairs, parts
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.walls import injected, refusal
from tests.support.world import Seated

pytestmark = pytest.mark.table

ADMINISTRATIVE = ("cell_admin", "platform_operator")
NAMES = ("Cible", "Alba", "Presume", "Brume", "Temoin", "Corme")
OF_CASES = tuple(
    f"{start}{app}"
    for start, apps_of in (
        ("", ("referrals:", "meetings:")),
        ("api-", ("referrals", "shares", "measures", "parties", "meetings")),
    )
    for app in apps_of
)
"""How the names of routes begin that are about cases."""


@pytest.fixture(scope="module")
def scene(database) -> Scene:
    """A scene of this file's own: administration may change what it works on."""
    return Scene()


@pytest.fixture(scope="module")
def seats(scene) -> dict[str, Seated]:
    return {
        "cell_admin": scene.world.cell_admin,
        "platform_operator": Seated(scene.world.cell_admin.accession, "platform_operator"),
    }


def leaked(scene, text: str) -> list[str]:
    """The mark of the scene, and the beginnings of every invented pupil's name."""
    return [
        word for word in (scene.mark, *(f"{name}{scene.mark}" for name in NAMES)) if word in text
    ]


@pytest.mark.parametrize("part", parts())
def test_no_route_tells_them_a_name_or_a_fact(scene, seats, cells, part):
    for operation, who in pairs("no names", OPERATIONS, ADMINISTRATIVE)[part :: len(parts())]:
        with cells.cell(operation, who):
            object_id = scene.the(operation.about) if operation.about else None
            answer = ask(operation, scene, object_id, seats[who].browser)
            assert answer.status_code < 500
            assert leaked(scene, everything_of(answer)) == []
            if operation.about and operation.name.startswith(OF_CASES):
                assert answer.status_code == 404
                nothing = ask(operation, scene, uuid4(), seats[who].browser)
                assert answer.content == nothing.content
                typed = answer.wsgi_request.path
                assert str(object_id) not in everything_of(answer).replace(typed, "")


@pytest.mark.parametrize("who", ADMINISTRATIVE)
def test_bare_sql_in_their_seats_finds_no_row_of_any_case(scene, seats, who):
    with admin(database_name()) as owner:
        tables = [
            name
            for (name,) in owner.execute(
                "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relrowsecurity"
                " AND relname ~ '^(referrals|meetings)_'"
            ).fetchall()
        ]
        filled = [
            table
            for table in tables
            if owner.execute(f"SELECT EXISTS (SELECT FROM {table})").fetchone() == (True,)
        ]
    assert {"referrals_case", "referrals_compartment", "referrals_party"} <= set(filled)
    with injected(seats[who]) as connection:
        units = connection.execute("SELECT kernel.session_units()").fetchone()
        assert units is not None
        assert len(units[0]) == 1, "their own seat, which nothing is granted to"
        for table in filled:
            seen = refusal(connection, f"SELECT FROM {table}")
            assert seen in ("no row", "42501"), table


@pytest.mark.parametrize(
    "call",
    [
        "referrals.drafts_waiting()",
        "referrals.references_of(ARRAY['{case}']::uuid[])",
        "referrals.units_on_case('{case}', 1)",
        "referrals.scope_now('{case}')",
    ],
)
def test_no_function_tells_them_what_a_case_holds(scene, seats, call):
    case = scene.the("activated")
    for seat in seats.values():
        with injected(seat) as connection:
            found = connection.execute(f"SELECT * FROM {call.format(case=case)}").fetchall()
        assert scene.mark not in str(found)
        if "drafts_waiting" not in call:
            assert found in ([], [([],)], [(0,)]), found


def test_djangos_admin_is_not_there():
    """Not switched off: not installed, so nothing can switch it on by mistake."""
    assert not apps.is_installed("django.contrib.admin")
    assert not any("admin" in name for name in settings.INSTALLED_APPS)
    with pytest.raises(NoReverseMatch):
        reverse("admin:index")
    for path in ("/admin/", "/admin/login/", "/django-admin/", "/administration/"):
        assert Client().get(path).status_code == 404


class Everything(logging.Handler):
    """Keeps whatever any logger says, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(f"{record.name} {self.format(record)} {record.args}")


@pytest.fixture
def listening() -> Iterator[Everything]:
    """The log as an operator would turn it up: everything at DEBUG that has no level of its own."""
    ear = Everything()
    found = [logging.getLogger(name) for name in list(logging.root.manager.loggerDict)]
    before = [(logger, logger.level) for logger in (logging.root, *found)]
    for name in ("", "django", "celery"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    for logger, _level in before:
        if logger is logging.root or not logger.propagate:
            logger.addHandler(ear)
    yield ear
    for logger, level in before:
        logger.setLevel(level)
        logger.removeHandler(ear)


def worth_listening_to(operation: Operation, who: str) -> bool:
    """Refusals of anything, and all that is read: what is done once must stay to be done."""
    return operation.method == "GET" or (
        who not in operation.may and who in ("prefecture", "cell_admin")
    )


def test_no_log_carries_what_was_written(scene, listening):
    """Everything is called by somebody who may and by some who may not, and a case is sent."""
    for operation, who in pairs("logs", OPERATIONS, SEATS, worth_listening_to):
        object_id = scene.the(operation.about) if operation.about else None
        ask(operation, scene, object_id, scene.world.everybody()[who].browser)
    assert scene.fresh("told")
    logging.getLogger("rempart.essai").debug("told to the ear")
    assert any("told to the ear" in line for line in listening.said), "the ear hears"
    assert [line for line in listening.said if leaked(scene, line)] == []
