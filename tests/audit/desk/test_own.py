"""Who has looked at one's acts and one's cases: told as far as one may know, and no further."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from audit.tasks import count_entries
from tests.audit.desk.looking import API, PAGE, asked, days_ago, known_of, read, since_long, told
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.planting import function_says
from tests.support.walls import injected, without_row_security
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
ASKED = "SELECT * FROM referrals.looked_at(current_date - 9, current_date, NULL, NULL, NULL, 99)"
SHARE = {"right": "share", "by": None, "purpose": "investigation"}


@pytest.fixture(scope="module")
def ground(database):
    """A case that somebody of every agency has read, and a draft that a colleague has opened."""
    world = World()
    case_id, begun = world.activated(), world.draft()
    world.shared(case_id, world.gendarme)
    world.shared(case_id, world.police)
    known_of(world, case_id, world.victim_support)
    colleague = {
        name: Seated(getattr(world, name).accession, *getattr(world, name).roles)
        for name in ("pilot", "gendarme", "victim_support")
    }
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        since_long(owner, case_id)
        made = SimpleNamespace(world=world, owner=owner, case=case_id, colleague=colleague)
        made.yesterday = timezone.now() - timedelta(days=1)
        for seat, right in (
            (colleague["pilot"], "school"),
            (world.coordinator, "coordination"),
            (world.prosecutor, "prosecution"),
            (colleague["gendarme"], "share"),
            (world.police, "share"),
            (colleague["victim_support"], "share"),
        ):
            facts = SHARE if right == "share" else {"right": right, "by": None, "purpose": None}
            read(made, seat, facts=facts)
        read(made, colleague["gendarme"], kind="document.read", facts=SHARE)
        read(made, colleague["pilot"], begun, facts={"right": "school"})
        read(made, colleague["pilot"], at=made.yesterday - timedelta(days=200))
        read(made, colleague["pilot"], outcome="refused", facts={"right": "glass"})
        yield made


def test_of_one_s_own_agency_names_are_told_and_of_others_what_may_be(ground):
    world, name = ground.world, ground.colleague
    gendarmerie, police, aid, school, dsden = (
        seat.viewer.agency_name
        for seat in (
            world.gendarme,
            world.police,
            world.victim_support,
            world.pilot,
            world.coordinator,
        )
    )
    pilot, gendarme, aide = (name[each].viewer.display_name for each in name)
    everybody = {(None, each, "share") for each in (gendarmerie, police, aid)}
    everybody |= {(None, school, "school")}
    of_case = {"case": str(ground.case)}
    for query in ({}, of_case):
        assert told(world.gendarme, **query) == {(gendarme, gendarmerie, "share")}
        assert told(world.pilot, **query) == {(pilot, school, "school")}
        assert told(world.coordinator, **query) == everybody | {(None, "parquet", None)}
        assert told(world.prosecutor, **query) == everybody | {(None, dsden, "coordination")}
        assert told(world.victim_support, **query) == {(aide, aid, "share")}
        for seat in (world.auditor, world.other_pilot):
            assert told(seat, **query) == set()
    assert asked(world.gendarme, case=str(uuid4()))["cases"] == []


def test_what_was_read_is_not_told_nor_how_often_nor_anything_of_a_prosecutor(ground):
    lines = asked(ground.world.gendarme)["cases"]
    name = ground.colleague["gendarme"].viewer.display_name
    [own] = [line for line in lines if line["person"] == name]
    reference = own["reference"]
    assert own == {
        "day": timezone.localdate(ground.yesterday).isoformat(),
        "case": str(ground.case),
        "reference": reference,
        "taken": False,
        "prosecutor": False,
        "agency": ground.world.gendarme.viewer.agency_name,
        "person": name,
        "roles": ["agency_partner"],
        "right": "share",
        "purpose": "investigation",
    }
    [office] = [line for line in asked(ground.world.coordinator)["cases"] if line["prosecutor"]]
    nothing = dict.fromkeys(("agency", "person", "right", "purpose")) | {"roles": []}
    assert office == own | nothing | {"prosecutor": True}


def test_a_file_that_was_taken_along_is_told_to_the_agency_and_to_who_steers(ground):
    facts = {"receipt": "r-aaaa-bbbb"}
    read(ground, ground.colleague["gendarme"], kind="export.taken", facts=facts)

    def taken(seat):
        return [line["agency"] for line in asked(seat)["cases"] if line["taken"]]

    gendarmerie = ground.world.gendarme.viewer.agency_name
    assert taken(ground.world.gendarme) == taken(ground.world.coordinator) == [gendarmerie]
    assert taken(ground.world.pilot) == taken(ground.world.police) == []
    read(ground, ground.world.prosecutor, kind="export.taken", facts=facts)
    assert taken(ground.world.coordinator) == [gendarmerie], (
        "of an office no more than that it read"
    )


def test_a_colleague_s_emergency_is_told_to_who_steers_alone(ground):
    read(ground, ground.colleague["gendarme"], facts={"right": "glass"})
    person = ground.colleague["gendarme"].viewer
    assert (person.display_name, person.agency_name, None) in told(ground.world.gendarme)
    assert (None, person.agency_name, "glass") in told(ground.world.coordinator)


def rows(seat):
    """What SQL in this person's page gets from the function."""
    with injected(seat) as connection:
        return {(row[6], row[8]) for row in connection.execute(ASKED).fetchall() if row[1]}


def test_before_a_case_was_sent_nothing_is_told_of_it(ground):
    long = ASKED.replace("current_date - 9", "current_date - 300")
    with injected(ground.world.pilot) as connection:
        found = connection.execute(
            f"SELECT DISTINCT case_id, day > current_date - 99 FROM ({long}) AS told"
            " WHERE mark IS NOT NULL"
        )
        assert found.fetchall() == [(ground.case, True)]


@pytest.mark.parametrize(
    ("change", "back"),
    [
        ("valid_until = now()", "valid_until = '9999-12-31T00:00:00Z'"),
        ("valid_from = now() + interval '1 day'", "valid_from = now()"),
    ],
)
def test_a_right_that_does_not_hold_now_tells_nothing(ground, change, back):
    seat = ground.world.gendarme
    assert rows(seat)
    where = f"WHERE case_id = '{ground.case}' AND unit_id = ANY (ARRAY{list(seat.viewer.units)})"
    ground.owner.execute(f"UPDATE referrals_grant SET {change} {where}")
    try:
        assert rows(seat) == set()
    finally:
        ground.owner.execute(f"UPDATE referrals_grant SET {back} {where}")
        ground.owner.execute("SELECT referrals.sync_case(%s)", [ground.case])


@pytest.mark.parametrize("lacking", ["the role", "the case"])
def test_of_all_agencies_is_told_who_steers_this_very_case(ground, lacking):
    seat = ground.world.coordinator
    assert (None, "share") in rows(seat)
    if lacking == "the role":
        change = "UPDATE kernel_seat SET roles = '{agency_partner}' WHERE id = %s"
        back = "UPDATE kernel_seat SET roles = '{cell_coordinator}' WHERE id = %s"
        about = seat.viewer.seat_id
    else:
        units = f"unit_id = ANY (ARRAY{list(seat.viewer.units)}) AND case_id = %s"
        change = f"UPDATE referrals_grant SET level = 2 WHERE {units}"
        back = f"UPDATE referrals_grant SET level = 5 WHERE {units}"
        about = ground.case
    ground.owner.execute(change, [about])
    try:
        assert rows(seat) == set()
    finally:
        ground.owner.execute(back, [about])
        ground.owner.execute("SELECT referrals.sync_case(%s)", [ground.case])


def test_without_the_second_wall_only_cases_that_one_sees_are_named(ground):
    """The function says everything of every case, and the table has no row security."""
    with (
        function_says("referrals.looked_at", "a.unit_id = ANY (mine)", "true"),
        function_says("referrals.looked_at", "e.agency = own OR h.steers", "true"),
        without_row_security("referrals_case"),
    ):
        assert rows(ground.world.other_pilot)
        for seat in (ground.world.other_pilot, ground.world.auditor):
            assert asked(seat)["cases"] == []
        assert asked(ground.world.gendarme)["cases"]


def test_both_lists_go_on_page_by_page_within_the_days_asked_for(ground):
    world, me = ground.world, ground.world.police.viewer
    somebody = {"actor": uuid4(), "seat": None}
    today = timezone.localdate()
    for n in range(52):
        at = ground.yesterday - timedelta(days=n)
        read(ground, world.police, at=at, facts=SHARE, **somebody)
        read(ground, world.auditor, at=at, kind="audit.read", subject_id=me.account_id)
    since = (today - timedelta(days=80)).isoformat()
    first = asked(world.police, since=since)
    assert (len(first["acts"]), len(first["cases"])) == (50, 50)
    query = {"acts_before": first["acts_next"], "cases_before": first["cases_next"]}
    second = asked(world.police, since=since, **query)
    assert (second["acts_next"], second["cases_next"]) == (None, None)
    days = [line["day"] for line in first["acts"] + second["acts"]]
    assert days == sorted(set(days), reverse=True)
    assert len(days) == 52
    lines = first["cases"] + second["cases"]
    assert len(lines) == len({str(line) for line in lines}) == 52
    assert len(asked(world.police)["acts"]) == 29, "30 days when nothing is said"
    day = (today - timedelta(days=5)).isoformat()
    one = asked(world.police, since=day, until=day)
    assert [line["day"] for line in one["acts"] + one["cases"]] == [day, day]


@pytest.mark.parametrize("who", ["police", "coordinator"])
def test_what_was_not_looked_at_yet_is_said_and_follows(ground, who):
    """Of a long record a page looks at a part; the pages together leave nothing out."""
    seat, query = getattr(ground.world, who), {"since": days_ago(60)}
    read(
        ground,
        ground.world.police,
        at=ground.yesterday - timedelta(days=40),
        facts=SHARE,
        seat=None,
    )
    whole = asked(seat, **query)
    assert whole["cases_searched_from"] == query["since"]
    found, pages = [], 0
    with function_says("referrals.looked_at", "looked < 20000", "looked < 1"):
        page = asked(seat, **query)
        words = seat.browser.get(PAGE, {"du": query["since"]}).content.decode()
        assert "sont à la page suivante" in words
        assert page["cases_searched_from"] > query["since"]
        while True:
            found, pages = found + page["cases"], pages + 1
            if not page["cases_next"]:
                break
            page = asked(seat, **query, cases_before=page["cases_next"])
    assert page["cases_searched_from"] == query["since"]
    assert (found[:50], pages > 1) == (whole["cases"], True)


def test_what_is_counted_is_told_as_what_is_not(ground):
    """Behind the tally's reach the record is looked through, before it the places of a day are."""
    world = ground.world
    seats = (world.gendarme, world.pilot, world.coordinator, world.prosecutor, world.victim_support)
    queries = [{"since": days_ago(99)}, {"since": days_ago(99), "case": str(ground.case)}]
    before = [asked(seat, **query)["cases"] for seat in seats for query in queries]
    seal(world.cell.pk)
    while count_entries():
        pass
    after = [asked(seat, **query)["cases"] for seat in seats for query in queries]
    assert before == after
    assert all(before)


def test_who_has_looked_for_one_s_acts_is_told_by_role_agency_and_day(ground):
    world, seat = ground.world, ground.world.gendarme
    me = str(seat.viewer.account_id)
    assert asked(seat)["acts"] == []
    for _ in range(2):
        assert world.auditor.browser.get("/journal/", {"personne": me}).status_code == 200
    world.auditor.browser.get("/journal/", {"personne": str(world.pilot.viewer.account_id)})
    about = {"kind": "audit.read", "subject_id": me}
    read(ground, world.auditor, **about | {"kind": "audit.export_asked", "at": timezone.now()})
    read(ground, world.auditor, outcome="refused", **about)
    read(ground, world.auditor, **about | {"kind": "audit.exported"})
    left = {"actor": uuid4(), "seat": None, "agency": None}
    elsewhere = world.cell.pk + 100_000
    for cell in (world.cell.pk, elsewhere):
        read(ground, world.auditor, **about | left | {"cell_id": cell})
        _counted(ground.owner, cell, left["actor"])
    far = uuid4()
    read(ground, world.auditor, **about | {"cell_id": elsewhere, "actor": far})
    seat_there = (
        "INSERT INTO kernel_seat SELECT gen_random_uuid(), %s, %s, agency_id, agency_kind, roles,"
        " '{}', bound_by_secrecy, display_name, agency_name, cell_name, valid_from, valid_until,"
        " version, charter_signed FROM kernel_seat WHERE id = %s"
    )
    ground.owner.execute(seat_there, [elsewhere, far, world.auditor.viewer.seat_id])
    today, yesterday = timezone.localdate(), timezone.localdate(ground.yesterday)
    try:
        acts = asked(seat)["acts"]
    finally:
        ground.owner.execute("DELETE FROM kernel_seat WHERE cell_id = %s", [elsewhere])
        ground.owner.execute("DELETE FROM audit_tally WHERE actor = %s", [left["actor"]])
    assert acts == [
        {
            "day": today.isoformat(),
            "agency": world.auditor.viewer.agency_name,
            "roles": ["auditor"],
            "role": "Contrôle des accès",
            "n": 3,
        },
        {"day": yesterday.isoformat(), "agency": None, "roles": [], "role": "", "n": 1},
    ]


def _counted(owner, cell, actor):
    owner.execute(
        "INSERT INTO audit_tally VALUES (%s, current_date, 'audit.read', 'done', 'page',"
        " gen_random_uuid(), %s, 1, 0, 1, '1', 1, 1, '1', 1)",
        [cell, actor],
    )


def test_the_page_says_it_in_words_and_its_reading_is_on_record(ground):
    world = ground.world
    browser = world.gendarme.browser
    reference = asked(world.gendarme)["cases"][0]["reference"]
    page = browser.get(PAGE, {"dossier": str(ground.case)}).content.decode()
    words = ("A lu le dossier", "partage accepté", ground.colleague["gendarme"].viewer.display_name)
    for text in (*words, reference, "Tous les dossiers", f'value="{ground.case}"'):
        assert text in page, text
    assert "Parquet" not in page
    assert "Parquet" in world.coordinator.browser.get(PAGE).content.decode()
    kinds = ground.owner.execute(
        "SELECT kind, case_id FROM audit_entry WHERE cell_id = %s AND actor = %s"
        " ORDER BY id DESC LIMIT 1",
        [world.cell.pk, world.gendarme.viewer.account_id],
    ).fetchall()
    assert kinds == [("audit.own_read", ground.case)]
    browser.get(PAGE, {"dossier": str(uuid4())})
    last = "SELECT case_id FROM audit_entry WHERE actor = %s ORDER BY id DESC LIMIT 1"
    me = world.gendarme.viewer.account_id
    assert ground.owner.execute(last, [me]).fetchone() == (None,), "nobody showed it"
    empty = browser.get(PAGE, {"du": "2020-01-01", "au": "2020-01-31"}).content.decode()
    assert "Du 01/01/2020 au 31/01/2020" in empty
    assert "Aucune lecture dont vous puissiez" in empty
    assert "cherché vos actes" in empty
    wrong = browser.get(PAGE, {"du": "2020-02-01", "au": "2020-01-31"})
    assert (wrong.status_code, list(wrong.context["form"].errors)) == (422, ["au"])
    assert PAGE in browser.get("/compte/").content.decode()
    assert (
        f"{PAGE}?dossier={ground.case}" in browser.get(f"/dossiers/{ground.case}/").content.decode()
    )
    for query in (
        {"since": "2020-02-01", "until": "2020-01-31"},
        {"cases_before": "2020-02-30_" + "a" * 32},
        {"acts_before": "x"},
        {"case": "7"},
        {"other": "1"},
    ):
        assert browser.get(API, query).status_code == 422, query
    for query in ({"since": "0001-01-01"}, {"until": "9999-12-31"}, {"until": "0001-01-01"}):
        assert browser.get(API, query).status_code == 200, query


def test_days_are_those_of_the_people_who_read(ground):
    """Half past midnight in Paris is the day that begins there."""
    world = ground.world
    night = datetime.combine(
        timezone.localdate() - timedelta(days=90),
        datetime.min.time(),
        timezone.get_current_timezone(),
    )
    other = Seated(world.prosecutor.accession, "prosecutor")
    read(ground, other, at=night + timedelta(minutes=30), facts={"right": "prosecution"})
    day = timezone.localdate(night).isoformat()
    [line] = asked(world.prosecutor, since=day, until=day)["cases"]
    assert (line["person"], line["prosecutor"]) == (other.viewer.display_name, False)
    before = (timezone.localdate(night) - timedelta(days=1)).isoformat()
    names = {line["person"] for line in asked(world.prosecutor, until=before)["cases"]}
    assert other.viewer.display_name not in names
