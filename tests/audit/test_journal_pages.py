"""The journal is for those who control access: the others do not even learn that it exists."""

import json

import pytest
from django.urls import reverse

from audit import log
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.audit.working import guards_off, ids_of, seal

PAGES = ["/journal/", "/journal/verification/"]
API = ["/api/v1/audit/entries/"]


@pytest.fixture
def case_id(world):
    """A case that coordination has opened once."""
    made = world.qualified()
    with acting_as(world.coordinator.viewer) as viewer:
        case_file(viewer, made)
    return made


def kinds_in(connection, world, outcome="done"):
    rows = connection.execute(
        "SELECT kind FROM audit_entry WHERE cell_id = %s AND outcome = %s ORDER BY id",
        [world.cell.pk, outcome],
    )
    return [row[0] for row in rows]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("who", ["pilot", "coordinator", "prosecutor", "gendarme", "cell_admin"])
def test_for_anybody_else_the_page_does_not_exist(who, path, world):
    browser = getattr(world, who).browser
    refused, unknown = browser.get(path), browser.get("/journal/rien/")
    assert (refused.status_code, unknown.status_code) == (404, 404)
    assert refused.content == unknown.content


@pytest.mark.parametrize("path", API)
@pytest.mark.parametrize("who", ["coordinator", "cell_admin"])
def test_for_anybody_else_the_api_does_not_exist(who, path, world):
    answer = getattr(world, who).browser.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_nobody_else_starts_a_verification(world):
    for path in ("/journal/verification/", "/api/v1/audit/verification/"):
        assert world.coordinator.browser.post(path).status_code == 404


def test_without_a_session_one_signs_in_first(client):
    assert client.get("/journal/").status_code == 302
    assert client.get("/api/v1/audit/entries/").status_code == 401


def test_a_refusal_is_recorded(world, owner_of_everything):
    world.coordinator.browser.get("/journal/")
    assert kinds_in(owner_of_everything, world, "refused")[-1] == "access.refused"
    [content] = owner_of_everything.execute(
        "SELECT payload FROM audit_entry WHERE cell_id = %s ORDER BY id DESC LIMIT 1",
        [world.cell.pk],
    ).fetchone()
    assert json.loads(content)["code"] == "not_found"
    assert json.loads(content)["facts"] == {"operation": "audit:journal"}


def test_the_auditor_sees_who_opened_the_case(case_id, world):
    page = world.auditor.browser.get("/journal/", {"dossier": str(case_id)})
    assert page.status_code == 200
    assert page.context["filtered"]
    assert {line.case_id for line in page.context["lines"]} == {case_id}
    opened = [line for line in page.context["lines"] if str(line.label) == "Dossier consulté"]
    assert opened[0].actor == world.coordinator.viewer.account_id


def test_reading_the_journal_is_in_the_journal(case_id, world, owner_of_everything):
    browser = world.auditor.browser
    browser.get("/journal/", {"dossier": str(case_id), "resultat": "done"})
    page = browser.get("/journal/", {"evenement": "audit.read"})
    [line] = page.context["lines"]
    assert line.case_id == case_id
    assert "dossier, résultat" in [value for _label, value in line.facts]
    assert kinds_in(owner_of_everything, world)[-1] == "audit.read"


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"dossier": "80-2026-99999"}, "dossier"),
        ({"dossier": "x" * 65}, "dossier"),
        ({"dossier": "\x00"}, "dossier"),
        ({"personne": "not-a-person"}, "personne"),
        ({"evenement": "no.such"}, "evenement"),
        ({"resultat": "maybe"}, "resultat"),
        ({"du": "hier"}, "du"),
        ({"du": "2026-02-01", "au": "2026-01-01"}, "au"),
    ],
)
def test_a_filter_that_means_nothing_is_told_in_its_field(query, field, world):
    page = world.auditor.browser.get("/journal/", query)
    assert page.status_code == 422
    assert field in page.context["form"].errors


def test_a_period_and_an_outcome_narrow_the_list(case_id, world):
    browser = world.auditor.browser
    world.coordinator.browser.get("/journal/")
    assert browser.get("/journal/", {"au": "2020-01-01"}).context["lines"] == []
    refused = browser.get("/journal/", {"resultat": "refused"}).context["lines"]
    assert refused
    assert all(line.refused for line in refused)


def test_a_person_s_acts(case_id, world):
    account = world.coordinator.viewer.account_id
    page = world.auditor.browser.get("/journal/", {"personne": str(account)})
    assert {line.actor for line in page.context["lines"]} == {account}


def test_pages_follow_one_another_without_a_gap_or_a_repeat(world, owner_of_everything):
    browser = world.auditor.browser
    for _ in range(60):
        browser.get("/journal/", {"resultat": "refused"})
    before = ids_of(owner_of_everything, world.cell.pk)
    seen, url = [], "/journal/"
    while url:
        page = browser.get(url)
        seen += [line.number for line in page.context["lines"]]
        url = "/journal/" + page.context["next_url"] if page.context["next_url"] else ""
    assert seen == before[::-1]


def test_another_cell_s_entries_are_not_there(world, elsewhere, owner_of_everything):
    case_id = elsewhere.qualified()
    browser = world.auditor.browser
    page = browser.get("/journal/")
    others = set(ids_of(owner_of_everything, elsewhere.cell.pk))
    assert others.isdisjoint(line.number for line in page.context["lines"])
    assert browser.get("/journal/", {"dossier": str(case_id)}).context["lines"] == []


def test_no_pupil_is_named(world):
    case_id = world.submitted(mark="Zibeline")
    with acting_as(world.coordinator.viewer) as viewer:
        case_file(viewer, case_id)
    page = world.auditor.browser.get("/journal/")
    assert page.context["lines"]
    assert "Zibeline" not in page.content.decode()


def test_an_intact_log_is_told_in_the_page(case_id, world, owner_of_everything):
    seal(world.cell.pk)
    page = world.auditor.browser.post("/journal/verification/")
    assert page.status_code == 200
    assert "Le journal est intact" in page.content.decode()
    assert page.context["report"].entries >= 5
    assert kinds_in(owner_of_everything, world)[-1] == "audit.verified"


def test_an_alarm_that_stands_is_told_where_all_agrees_inside(case_id, world, owner_of_everything):
    seal(world.cell.pk)
    with log.connect("auditor") as connection:
        note = log.last_checkpoint(connection, world.cell.pk).note
    unread = f"rempart/{world.cell.pk}\n4\n{'A' * 43}=\n\n\N{EM DASH} rempart unread\n"

    def asked(*copies):
        owner_of_everything.execute(
            "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 4, 1, %s)",
            [world.cell.pk, list(copies)],
        )
        page = world.auditor.browser.post("/journal/verification/").content.decode()
        told = world.auditor.browser.post("/api/v1/audit/verification/").json()
        return page.replace("&#x27;", "'"), (told["clean"], told["standing"], told["findings"])

    one = ("mais une copie le contredit", "1 copie gardée ailleurs contredit le journal : l'alerte")
    two = ("mais des copies le contredisent", "2 copies gardées ailleurs contredisent le journal")
    for copies, said in ((["\n4\n"], one), (["\n4\n", unread, note], two)):
        page, told = asked(*copies)
        assert all(words in page for words in ("Le journal concorde avec lui-même", *said))
        assert reverse("audit:copies") in page
        assert "Le journal est intact" not in page
        assert told == (False, len(set(copies) - {note}), [])
    page, told = asked(note)
    assert "Le journal est intact" in page, "it agrees with that very copy"
    assert told == (True, 0, [])
    number = ids_of(owner_of_everything, world.cell.pk)[2]
    with guards_off(owner_of_everything):
        owner_of_everything.execute("DELETE FROM audit_entry WHERE id = %s", [number])
    page, _told = asked(unread)
    assert "Le journal a été altéré" in page
    assert "1 copie gardée ailleurs" in page


def test_damage_is_told_in_the_page(case_id, world, owner_of_everything):
    seal(world.cell.pk)
    number = ids_of(owner_of_everything, world.cell.pk)[2]
    with guards_off(owner_of_everything):
        owner_of_everything.execute("DELETE FROM audit_entry WHERE id = %s", [number])
    page = world.auditor.browser.post("/journal/verification/")
    assert "Le journal a été altéré" in page.content.decode()
    assert not page.context["report"].clean


def test_the_checkpoint_is_downloaded_as_it_was_signed(case_id, world):
    seal(world.cell.pk)
    browser = world.auditor.browser
    shown = browser.get("/journal/verification/")
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, world.cell.pk)
    assert shown.context["fingerprint"].replace(" ", "") == stored.root.hex()
    file = browser.get(reverse("audit:checkpoint"))
    assert file.content.decode() == stored.note
    assert "attachment" in file["Content-Disposition"]


def test_before_anything_is_sealed_there_is_no_checkpoint(world):
    browser = world.auditor.browser
    assert "stored" not in browser.get("/journal/verification/").context
    assert browser.get(reverse("audit:checkpoint")).status_code == 404
    assert browser.get("/api/v1/audit/checkpoint/").status_code == 404


def test_only_those_who_control_access_have_it_in_their_navigation(world):
    assert "/journal/" in world.auditor.browser.get("/journal/").content.decode()
    assert "/journal/" not in world.coordinator.browser.get("/").content.decode()
