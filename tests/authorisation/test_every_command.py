"""Every command has a row, acts with the rights of its row alone, and refuses in its words."""

import io
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.db import Error as DatabaseProblem
from django.db import connections

from tests.agencies.factories import PASSWORD, a_number, a_person, an_agency
from tests.authorisation.commands import COMMANDS, EXPLAINS, TOLD, Command
from tests.authorisation.expecting import SEATS, STRANGERS
from tests.authorisation.scene import Scene
from tests.support.cells import some
from tests.support.database import admin
from tests.support.searching import database_name, fingerprint
from tests.support.world import World

pytestmark = [pytest.mark.database, pytest.mark.table]

ROOT = Path(__file__).resolve().parents[2]
OURS = ("kernel", "audit", "agencies", "referrals", "meetings")
OUT_OF_REACH = "out of reach"
REFUSED_ROLE = re.compile(r'for user "rempart_(\w+)"')


class Ground(dict[str, str]):
    """What the rows name: a cell of its own with one case that is followed and one closed.

    Whoever asks as a person is another one each time: a code serves once.
    """

    def __init__(self, folder: Path) -> None:
        self.scene = scene = Scene()
        (folder / "no-keys").write_text("{}")
        world = scene.world
        super().__init__(
            code=world.cell.code,
            cell=str(world.cell.pk),
            agency=str(an_agency("other").pk),
            police=str(world.police.accession.agency_id),
            new_email=f"nouvelle{a_number()}@essais.exemple",
            spare_email=a_person(world.police.accession).email,
            pilot_email=world.pilot.person.email,
            pilot_name=world.pilot.viewer.display_name,
            file=str(folder / "keys"),
            no_keys=str(folder / "no-keys"),
            missing=str(folder / "nothing"),
            reference=_reference(scene, "activated"),
            closed=_reference(scene, "closed"),
            year=_asked("SELECT period FROM kernel_period_key WHERE cell_id = %s", world.cell.pk),
        )

    def __missing__(self, name: str) -> str:
        if name == "asker_email":
            self._asker = a_person(self.scene.world.coordinator.accession, "cell_coordinator")
            return self._asker.email
        if name == "asker_code":
            return self._asker.code()
        raise KeyError(name)


def _reference(scene: Scene, about: str) -> str:
    return _asked("SELECT reference FROM referrals_case WHERE id = %s", scene.the(about))


def _asked(query: str, value: object) -> str:
    with admin(database_name()) as connection:
        return str(connection.execute(query, [value]).fetchone()[0])


@pytest.fixture(scope="module")
def ground(database, tmp_path_factory) -> Ground:
    return Ground(tmp_path_factory.mktemp("commands"))


@pytest.fixture(autouse=True)
def _a_password_is_piped_in(monkeypatch):
    class Typed(io.StringIO):
        def readline(self, *_size: int) -> str:
            return f"{PASSWORD}\n"

    monkeypatch.setattr("sys.stdin", Typed())


def discovered() -> set[str]:
    """Every command of our own rooms."""
    return {name for name, app in get_commands().items() if app in OURS}


def test_every_command_has_a_row():
    assert {row.name for row in COMMANDS} == discovered()
    assert len(COMMANDS) == len(discovered())
    assert [row.name for row in COMMANDS if row.does is None and not row.elsewhere] == []
    elsewhere = [row.elsewhere for row in COMMANDS if row.elsewhere]
    assert [path for path in elsewhere if not (ROOT / path).exists()] == []


@contextmanager
def only(roles: frozenset[str]) -> Iterator[None]:
    """Nobody knows the passwords of the database's other roles."""
    withheld = {}
    for alias, described in settings.DATABASES.items():
        if described["USER"].removeprefix("rempart_") not in roles:
            connections[alias].close()
            held = connections[alias].settings_dict
            withheld[alias], held["PASSWORD"] = held["PASSWORD"], "withheld"
    try:
        yield
    finally:
        for alias, password in withheld.items():
            connections[alias].close()
            connections[alias].settings_dict["PASSWORD"] = password


def outcome(name: str, typed: str) -> str:
    """What the command refuses with; nothing when it has done its work."""
    said = io.StringIO()
    try:
        call_command(name, *shlex.split(typed), stdout=said, stderr=said)
    except CommandError as refusal:
        return str(refusal)
    except (DatabaseProblem, psycopg.Error) as problem:
        if "authentication failed" not in str(problem):
            raise
        return f"{OUT_OF_REACH}: {REFUSED_ROLE.search(str(problem))[1]}"
    return ""


def test_a_command_needs_the_roles_of_its_row_and_no_other(ground, record, cells):
    """With one of them withheld it does nothing; with all others withheld it does its work."""
    for row in [row for row in COMMANDS if row.does is not None]:
        for role in row.roles:
            typed = row.does.format_map(ground)
            with cells.cell(row.name, "without the role", role), only(row.roles - {role}):
                assert outcome(row.name, typed) == f"{OUT_OF_REACH}: {role}"
        typed, before = row.does.format_map(ground), record.now()
        with cells.cell(row.name, "as", *row.roles), only(row.roles):
            assert outcome(row.name, typed) == ""
            left = {entry.kind for entry in record.since(before)}
            assert left == row.leaves, f"leaves {sorted(left)} in the record"


def test_a_command_refuses_in_the_words_of_its_row_and_changes_nothing(ground, cells, settings):
    before = fingerprint()
    for row in COMMANDS:
        for typed, sentence in row.refuses.items():
            with cells.cell(row.name, typed), only(row.roles):
                said = outcome(row.name, typed.format_map(ground))
                assert said == sentence.format_map(ground)
    settings.DEMO = False
    for row in COMMANDS:
        if row.outside_demo:
            typed = (row.does or "").format_map(ground)
            with cells.cell(row.name, "outside the demonstration"), only(row.roles):
                assert outcome(row.name, typed) == row.outside_demo
    assert fingerprint() == before


def test_a_command_that_asks_as_a_person_tells_what_their_seat_may_ask(ground, strangers, cells):
    home = ground.scene.world
    assert set(EXPLAINS) == {*SEATS, *(f"abroad {who}" for who in STRANGERS)}
    for who in some("explain", list(EXPLAINS), 8):
        world: World = strangers if who.startswith("abroad") else home
        person = world.everybody()[who.removeprefix("abroad ")].person
        about = f"{ground['reference']} '{ground['pilot_name']}'"
        typed = f"{about} --as {person.email} --code {person.code()}"
        with cells.cell("explain", who):
            assert outcome("explain", typed) == EXPLAINS[who]


def test_the_demonstration_is_where_the_tests_are():
    """Otherwise its refusals outside it would prove nothing."""
    assert settings.DEMO
    assert any(isinstance(row, Command) and row.outside_demo for row in COMMANDS)
    assert TOLD in EXPLAINS.values()
