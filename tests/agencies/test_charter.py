"""The charter: read, signed with a fresh factor, asked again when it changes; nothing before."""

import hashlib
import json

import pytest
from django.conf import settings
from django.urls import reverse

from agencies.charter_text import EDITIONS
from agencies.models import CharterSignature
from agencies.services.adopt_charter import adopt_charter
from kernel.errors import Conflict, NotAllowed, StepUpRequired
from kernel.scope import acting_as
from tests.agencies.factories import a_person, an_accession, signed_in
from tests.support.database import admin, as_role
from tests.support.world import stale

CHARTER = "/charte/"
CELL_CHARTER = "/cellule/charte/"


def query(statement, *values):
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        return connection.execute(statement, values).fetchall()


def new_version(world, text="Une règle de plus."):
    with acting_as(world.cell_admin.viewer) as viewer:
        return adopt_charter(viewer, additions=text, after=1)


@pytest.fixture
def newcomer(cell):
    """Somebody who has just joined and signed nothing."""
    person = a_person(None)
    person.joins(an_accession(cell), "agency_partner", signs=False)
    return person


def test_a_newcomer_finds_the_charter_and_nothing_else(newcomer):
    browser = signed_in(newcomer)
    home = browser.get("/")
    assert home.status_code == 200
    assert "Lire et signer" in home.content.decode()
    assert browser.get("/dossiers/")["Location"] == "/charte/?next=%2Fdossiers%2F"
    for open_page in (CHARTER, "/compte/", "/compte/sessions/"):
        assert browser.get(open_page).status_code == 200, open_page
    refused = browser.get(reverse("api-referrals-list"))
    assert refused.status_code == 403
    assert refused.json()["error"]["code"] == "charter_unsigned"
    assert browser.get(reverse("api-session-list")).json()["charter_signed"] is False


def test_signing_opens_the_rest_and_is_recorded(newcomer):
    browser = signed_in(newcomer)
    where = browser.get("/dossiers/")["Location"]
    unticked = browser.post(where, {"version": "1"})
    assert unticked.status_code == 422
    assert "Cochez la case" in unticked.content.decode()
    done = browser.post(where, {"version": "1", "promise": "on"})
    assert (done.status_code, done["Location"]) == (302, "/dossiers/")
    assert browser.get("/dossiers/").status_code == 200
    [entry] = query(
        "SELECT payload FROM audit_entry WHERE kind = 'charter.signed' AND actor = %s",
        newcomer.account_id,
    )
    assert json.loads(entry[0])["facts"] == {"version": 1}


def test_a_signature_needs_a_fresh_factor(newcomer):
    browser = signed_in(newcomer)
    stale(newcomer)
    asked = browser.post(CHARTER + "?next=/dossiers/", {"version": "1", "promise": "on"})
    assert asked["Location"].startswith("/connexion/confirmer/?act=")
    confirmed = browser.post(asked["Location"], {"code": newcomer.code(steps=1)})
    kept = browser.get(confirmed["Location"]).context["kept"]
    assert kept.path == CHARTER + "?next=/dossiers/"
    done = browser.post(kept.path, dict(kept.fields))
    assert done["Location"] == "/dossiers/"


def test_a_version_nobody_has_read_is_not_signed(newcomer):
    browser = signed_in(newcomer)
    for version in ("0", "2", "x", "", "9" * 30):
        browser.post(CHARTER, {"version": version, "promise": "on"})
    assert not query(
        "SELECT 1 FROM agencies_charter_signature WHERE account_id = %s", newcomer.account_id
    )


def test_a_new_version_counts_at_once_for_everybody(world):
    browser, own = world.coordinator.browser, world.cell_admin.browser
    assert browser.get("/dossiers/").status_code == 200
    new_version(world)
    assert browser.get("/dossiers/")["Location"].startswith(CHARTER)
    assert own.get(CELL_CHARTER)["Location"].startswith(CHARTER)
    shown = browser.get(CHARTER).content.decode()
    assert "Une règle de plus." in shown
    browser.post(CHARTER, {"version": "2", "promise": "on"})
    assert browser.get("/dossiers/").status_code == 200
    assert own.get("/dossiers/")["Location"].startswith(CHARTER)


def test_what_was_being_sent_goes_on_after_the_signature(world):
    case_id = world.submitted()
    browser = world.coordinator.browser
    new_version(world)
    triage = reverse("referrals:triage", args=[case_id])
    form = {"triage-gravity": "2", "triage-urgency": "high", "_key": "abc"}
    where = browser.post(triage, form)["Location"]
    assert where.startswith("/charte/?act=")
    signed = browser.post(where, {"version": "2", "promise": "on"})
    kept = browser.get(signed["Location"]).context["kept"]
    assert (kept.path, dict(kept.fields)) == (triage, form)
    done = browser.post(kept.path, dict(kept.fields))
    assert done["Location"] == reverse("referrals:case", args=[case_id])


def test_the_database_shows_nothing_before_the_signature(world):
    world.activated()
    token = world.coordinator.viewer.token
    counts = "SELECT (SELECT count(*) FROM referrals_case), (SELECT count(*) FROM referrals_party)"

    def seen():
        with as_role("runtime") as connection:
            connection.execute("SELECT set_config('app.token', %s, true)", [token])
            cases, parties = connection.execute(counts).fetchone()
            asked = connection.execute(
                "SELECT kernel.session_units(), kernel.session_has('cell_coordinator'),"
                " kernel.session_alive(%s)",
                [token],
            ).fetchone()
        return cases, parties, *asked

    before = seen()
    assert before[0] == 1
    assert before[3] is True
    new_version(world)
    assert seen() == (0, 0, [], False, None)


def test_only_administration_adopts_and_with_a_fresh_factor(world):
    for seat in (world.coordinator, world.prosecutor, world.auditor):
        with pytest.raises(NotAllowed), acting_as(seat.viewer) as viewer:
            adopt_charter(viewer, additions="x", after=1)
    viewer = world.cell_admin.viewer
    stale(world.cell_admin.person)
    with pytest.raises(StepUpRequired), acting_as(viewer) as present:
        adopt_charter(present, additions="x", after=1)


def test_two_administrators_do_not_overwrite_each_other(world):
    new_version(world)
    world.cell_admin.browser.post(CHARTER, {"version": "2", "promise": "on"})
    with pytest.raises(Conflict), acting_as(world.cell_admin.viewer) as viewer:
        adopt_charter(viewer, additions="autre", after=1)


def test_the_page_of_administration_adopts_and_counts(world):
    browser = world.cell_admin.browser
    page = browser.get(CELL_CHARTER)
    assert page.context["signed"] >= 1
    same = browser.post(CELL_CHARTER, {"additions": "", "_version": "1", "_key": "a"})
    assert same.status_code == 422
    form = {"additions": "Première ligne\r\nSeconde", "_version": "1", "_key": "b"}
    done = browser.post(CELL_CHARTER, form)
    assert (done.status_code, done["Location"]) == (302, CHARTER)
    assert query(
        "SELECT version, additions FROM agencies_charter WHERE cell_id = %s ORDER BY 1",
        world.cell.pk,
    ) == [(1, ""), (2, "Première ligne\nSeconde")]
    assert world.coordinator.browser.get(CELL_CHARTER).status_code == 403


FORGED = [
    # In another's name, for another seat, for an old version, for another cell.
    "(gen_random_uuid(), kernel.session_cell(), gen_random_uuid(), kernel.session_seat(), 2)",
    "(gen_random_uuid(), kernel.session_cell(), kernel.session_account(), gen_random_uuid(), 2)",
    "(gen_random_uuid(), kernel.session_cell(), kernel.session_account(), kernel.session_seat(),"
    " 1)",
    "(gen_random_uuid(), 1, kernel.session_account(), kernel.session_seat(), 2)",
]


@pytest.mark.parametrize("row", FORGED)
def test_an_injection_signs_for_nobody_else(world, row):
    token = world.coordinator.viewer.token
    new_version(world)
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        with pytest.raises(Exception, match=r"row-level security|newest version"):
            connection.execute(
                "INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)"
                f" VALUES {row}"
            )


def test_an_injection_signs_nothing_without_a_fresh_factor(world):
    token = world.coordinator.viewer.token
    new_version(world)
    stale(world.coordinator.person)
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        for statement in (
            "UPDATE agencies_charter_signature SET version = 2",
            "DELETE FROM agencies_charter",
        ):
            with pytest.raises(Exception, match="permission denied"), connection.transaction():
                connection.execute(statement)
        with pytest.raises(Exception, match="row-level security"):
            connection.execute(
                "INSERT INTO agencies_charter_signature (id, cell_id, account_id, seat_id, version)"
                " VALUES (gen_random_uuid(), kernel.session_cell(), kernel.session_account(),"
                " kernel.session_seat(), 2)"
            )


def test_signatures_stay_within_the_cell(world, elsewhere):
    assert elsewhere.coordinator.person
    with acting_as(world.cell_admin.viewer):
        cells = set(CharterSignature.objects.values_list("cell_id", flat=True))
    assert cells <= {world.cell.pk}


def test_an_edition_that_was_signed_does_not_change():
    """A digest of the French words: a change is a new edition."""
    words = "\x1f".join(f"{one.title}\x1e{one.text}" for one in EDITIONS[1])
    digest = hashlib.sha256(words.encode()).hexdigest()
    assert digest == "647055ca15bb1ede93f83a5165f85a96d0f58735a65b5ea9b81abf455bc774ce"
