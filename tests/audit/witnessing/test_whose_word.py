"""On whose word: a cosignature is its witness's, an alert is what was found and is on record."""

import base64
import secrets
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from agencies.models import EndReason
from agencies.services.end_access import end_agency
from agencies.services.make_token import make_token
from audit import keys, log
from audit.health import health_of
from audit.verification import verify
from audit.witnessing.cosigning import lines_of
from audit.witnessing.services.add_witness import add_witness, withdraw_witness
from audit.witnessing.services.cosign import cosign
from kernel.scope import acting_as
from tests.agencies.factories import a_browser
from tests.audit import seats
from tests.audit.witnessing.witness_key import Key
from tests.audit.working import guards_off, seal
from tests.support.database import as_role
from tests.support.walls import injected, refusal
from tests.support.world import World, lead_of

pytestmark = pytest.mark.database

PAGE, NEW, HAND_IN = "/journal/temoin/", "/journal/temoin/cle/", "/journal/temoin/cosignature/"
API = "/api/v1/audit/cosignatures/"
COSIGN = "SELECT audit.cosign(%s, %s, to_timestamp(%s), %s)"


@pytest.fixture(scope="module")
def ground(database):
    """A sealed cell whose gendarmerie has a key, and a checkpoint that nobody has cosigned."""
    world, key = World(), Key()
    world.qualified()
    assert world.gendarme_lead.browser.post(NEW, {"key": key.line}).status_code == 302
    system = a_system_of(world.gendarme_lead)
    seal(world.cell.pk)
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, world.cell.pk)
    return SimpleNamespace(world=world, key=key, stored=stored, system=system)


def a_system_of(lead):
    """A system of the agency that follows the log with a token."""
    with acting_as(lead.viewer) as viewer:
        made = make_token(
            viewer,
            accession_id=lead.accession_id,
            called="Témoin",
            may=["record.witness"],
            days=30,
        )
    return a_browser(headers={"Authorization": f"Bearer {made.secret}"})


def witness(connection, ground):
    return connection.execute(
        "SELECT id FROM audit_witness WHERE name = %s", [ground.key.name]
    ).fetchone()[0]


def line_of(ground, at):
    [line] = lines_of(ground.key.cosigned(ground.stored.note, at=at))
    return line


def test_sql_keeps_only_what_its_witness_may_have_signed(ground, owner_of_everything):
    world, key, number = ground.world, ground.key, witness(owner_of_everything, ground)
    at = int(ground.stored.at.timestamp()) + 1
    good = line_of(ground, at)
    dash, _name, blob = good.text.split()
    other = base64.b64encode(b"othr" + good.blob[4:]).decode()
    refused = {
        "no line at all": ("x", at),
        "something below it": (f"{good.text}\nx", at),
        "another name": (f"{dash} autre.example {blob}", at),
        "another key": (f"{dash} {key.name} {other}", at),
        "another time": (good.text, at + 1),
        "too early": (line_of(ground, at - 660).text, at - 660),
        "too late": (line_of(ground, at + 3600).text, at + 3600),
    }
    with injected(world.gendarme_lead) as connection:
        for what, (text, time) in refused.items():
            answer = refusal(connection, COSIGN, ground.stored.size, number, time, text)
            assert answer == "23514", what
    given = [ground.stored.size, number, at, good.text]
    with injected(world.gendarme_lead) as connection:
        assert connection.execute(COSIGN, given).fetchone() == (True,)
    for seat, answer in ((world.gendarme, "42501"), (world.auditor, "42501")):
        with injected(seat) as connection:
            assert refusal(connection, COSIGN, *given) == answer
    with injected(world.prosecutor) as connection:
        assert connection.execute(COSIGN, given).fetchone() == (None,), "another agency's key"


def test_who_does_not_answer_for_the_agency_hands_nothing_in(ground):
    world, note = ground.world, ground.key.cosigned(ground.stored.note)
    assert world.gendarme.browser.get(HAND_IN).status_code == 403
    assert world.gendarme.browser.post(HAND_IN, {"copy": note}).status_code == 403
    answer = world.gendarme.browser.post(API, {"note": note}, content_type="application/json")
    assert answer.status_code == 403
    assert HAND_IN not in world.gendarme.browser.get(PAGE).content.decode()
    assert HAND_IN in world.gendarme_lead.browser.get(PAGE).content.decode()


def test_what_is_no_cosignature_at_all_is_told_apart_from_one_of_another_text(
    ground, owner_of_everything
):
    """Whatever lies there says something of who wrote it, and of the log only what it signs."""
    world, number = ground.world, witness(owner_of_everything, ground)
    at = int(ground.stored.at.timestamp()) + 1
    good = line_of(ground, at)
    start = f"\N{EM DASH} {ground.key.name} "
    made_up = start + base64.b64encode(good.blob[:12] + secrets.token_bytes(64)).decode()
    unknown = start + base64.b64encode(secrets.token_bytes(76)).decode()
    for line, told in (
        (good.text, []),
        ("bonjour", ["illegible"]),
        (unknown, ["illegible"]),
        (made_up, ["cosignature"]),
    ):
        with (
            owner_of_everything.transaction(force_rollback=True),
            guards_off(owner_of_everything, "audit_cosignature"),
        ):
            owner_of_everything.execute(
                "INSERT INTO audit_cosignature (cell_id, size, witness, at, line)"
                " VALUES (%s, %s, %s, to_timestamp(%s), %s)",
                [world.cell.pk, ground.stored.size, number, at, line],
            )
            report = verify(owner_of_everything, world.cell.pk, keys.public_keys())
            assert [found.what for found in report.findings] == told, line


@pytest.mark.parametrize("role", ["agency_lead", "school_head", "prosecutor"])
def test_each_who_answers_for_an_agency_keeps_its_key_and_is_sent_the_copy(
    role, owner_of_everything
):
    cell, key = seats.a_cell(), Key()
    viewer = seats.a_seat(owner_of_everything, cell, role)
    seats.openings(viewer, 1)
    seal(cell)
    with log.connect("auditor") as connection:
        note = log.last_checkpoint(connection, cell).note
    with acting_as(viewer) as fresh:
        added = add_witness(fresh, key.line)
    with acting_as(viewer) as fresh:
        assert cosign(fresh, key.cosigned(note)).names == (key.name,)
    with acting_as(viewer) as fresh:
        assert withdraw_witness(fresh, added) == added
    with as_role("worker") as worker:
        worker.execute("SELECT audit.owe_checkpoints()")
        owed = "SELECT recipient FROM kernel_outbox WHERE cell_id = %s AND kind = 'witness.daily'"
        assert worker.execute(owed, [cell]).fetchall() == [(viewer.account_id,)]
        worker.rollback()


ENTRY = (
    "INSERT INTO audit_entry (cell_id, kind, outcome, actor, seat, agency, request, payload)"
    " SELECT kernel.session_cell(), 'witness.compared', 'done', kernel.session_account(),"
    " kernel.session_seat(), kernel.session_agency(), gen_random_uuid(), convert_to(%s, 'UTF8')"
)
ALERT = "SELECT audit.alert('forked', 12, %s)"
COPY = "rempart/1\n12\nroot"


def test_sql_alerts_of_nothing_but_what_is_on_record(ground):
    world = ground.world

    def found(comparison, entries):
        return f'{{"facts": {{"comparison": "{comparison}", "entries": {entries}}}}}'

    assert world.auditor.viewer, "somebody is there to be told"
    with injected(world.gendarme) as connection:
        assert refusal(connection, ALERT, COPY) == "42501"
        for said in (found("extends", 12), found("forked", 11)):
            connection.execute(ENTRY, [said])
            assert refusal(connection, ALERT, COPY) == "42501", said
        for copy in (None, "", COPY.replace("12", "11"), COPY + "x" * 1000):
            connection.execute(ENTRY, [found("forked", 12)])
            assert refusal(connection, ALERT, copy) == "23514", "not the copy that was compared"
        connection.execute(ENTRY, [found("forked", 12)])
        assert connection.execute(ALERT, [COPY]).fetchone()[0] > 0
        connection.rollback()
        connection.execute(ENTRY.replace("witness.compared", "audit.read"), [found("forked", 12)])
        assert refusal(connection, ALERT, COPY) == "42501", "an entry of another kind"
        connection.execute(ENTRY.replace("'done'", "'refused'"), [found("forked", 12)])
        assert refusal(connection, ALERT, COPY) == "42501", "an entry of what was refused"
        connection.execute(ENTRY, [found("forked", 12)])
        connection.commit()
        assert refusal(connection, ALERT, COPY) == "42501", "what was found at another time"
        more = 2**53
        connection.execute(ENTRY, [found("truncated", more)])
        asked, copy = (text.replace("12", str(more)) for text in (ALERT, COPY))
        asked = asked.replace("forked", "truncated")
        assert refusal(connection, asked, copy) == "23514", "no entry could set it aside"
        beyond = ground.stored.size + 1000
        connection.execute(ENTRY, [found("forked", beyond)])
        asked, copy = (text.replace("12", str(beyond)) for text in (ALERT, COPY))
        assert refusal(connection, asked, copy) == "23514", "beyond its end"


GAUGE = "SELECT value FROM audit.measures() WHERE name = 'rempart_cosignature_age_seconds'"
TEN_YEARS = 10 * 365 * 86_400


def longest():
    """How long the cell waits for a cosignature that waits longest."""
    with as_role("runtime") as connection:
        found = connection.execute(GAUGE).fetchone()
    return found[0] if found and found[0] is not None else 0


def test_how_long_ago_the_last_cosignature_was_is_shown_and_measured(ground, owner_of_everything):
    def cosigned_at():
        with acting_as(ground.world.auditor.viewer) as viewer:
            return health_of(viewer).cosigned_at

    world = ground.world
    moved = "UPDATE audit_witness SET added_at = added_at {} interval '10 years' WHERE cell_id = %s"
    owner_of_everything.execute(moved.format("-"), [world.cell.pk])
    assert cosigned_at() is None
    assert longest() >= TEN_YEARS, "since there is a key"
    at = int(ground.stored.at.timestamp()) + 1
    handed = {"note": ground.key.cosigned(ground.stored.note, at=at)}
    answer = ground.system.post(API, handed, content_type="application/json")
    assert answer.status_code == 200
    assert cosigned_at().timestamp() == at
    assert longest() >= TEN_YEARS, "a meter believes what a verification has checked"
    call_command("audit_watch", "--once", "--cell", str(world.cell.pk))
    assert longest() < TEN_YEARS
    for table in ("audit_cosignature", "audit_verified"):
        with guards_off(owner_of_everything, table):
            gone = f"DELETE FROM {table} WHERE cell_id = %s"
            owner_of_everything.execute(gone, [world.cell.pk])
    owner_of_everything.execute(moved.format("+"), [world.cell.pk])


def test_the_key_of_an_agency_that_has_left_is_out_of_service(ground, owner_of_everything):
    world, key = ground.world, Key()
    lead = lead_of(world.police)
    assert lead.browser.post(NEW, {"key": key.line}).status_code == 302
    system = a_system_of(lead)
    note = {"note": key.cosigned(ground.stored.note)}
    waiting = "UPDATE audit_witness SET added_at = now() - interval '11 years' WHERE name = %s"
    owner_of_everything.execute(waiting, [key.name])
    assert longest() >= TEN_YEARS

    def shown():
        results = world.pilot.browser.get(API).json()["results"]
        [mine] = [each for each in results if each["key"] == key.line]
        page = world.pilot.browser.get(PAGE).content.decode()
        return mine["withdrawn"], mine["in_service"], page.count("organisme parti")

    assert shown() == (False, True, 0)
    with acting_as(world.cell_admin.viewer) as viewer:
        end_agency(viewer, lead.accession_id, reason=EndReason.PROTOCOL, whole=True)
    assert shown() == (False, False, 1)
    assert system.post(API, note, content_type="application/json").status_code == 401
    assert longest() < TEN_YEARS, "nobody waits for a key out of service"
