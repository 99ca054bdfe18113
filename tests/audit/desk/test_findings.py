"""What stands out is found with its negative beside it, and concluded once by somebody else."""

import re
from datetime import datetime, time, timedelta
from types import SimpleNamespace
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape

from audit import payload
from audit.desk.pages import findings as pages
from audit.tasks import count_entries, keep_findings
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from referrals.casework.services.add_measure import add_measure
from referrals.compartments import Compartment
from referrals.models.history import MeasureKind
from referrals.sharing.services.break_glass import break_glass
from referrals.tasks import keep_share_reads
from tests.agencies.factories import an_accession
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.walls import injected, refusal
from tests.support.world import Seated, World, in_days, stale

pytestmark = pytest.mark.database
PAGE, JOURNAL = "/journal/constats/", "/journal/"
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(scope="module")
def ground(database):
    """Everything that stands out, once, and beside each something that nearly does."""
    world = World()
    day = timezone.localdate() - timedelta(days=2)
    fast, slow, late, early, over, names = (uuid4() for _ in range(6))
    own = world.auditor.viewer.account_id
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        _read(owner, world, fast, datetime.combine(day, time(10, 30), PARIS), 61, 58)
        _read(owner, world, slow, datetime.combine(day, time(10, 30), PARIS), 61, 61)
        _read(owner, world, own, datetime.combine(day, time(14, 0), PARIS), 70, 20)
        _read(owner, world, late, datetime.combine(day, time(22, 0), PARIS), 3, 20)
        _read(owner, world, early, datetime.combine(day, time(21, 0), PARIS), 5, 62)
        evening = datetime.combine(day - timedelta(days=1), time(23, 40), PARIS)
        _read(owner, world, over, evening, 62, 38)
        _read(owner, world, names, evening, 3, 10, kind="identity.revealed")
        shares = _shares(owner, world)
        _glass(owner, world)
        # What was moved by hand is in line again, as others of this database look at all of it.
        moved = "SELECT referrals.sync_case(id) FROM referrals_case WHERE cell_id = %s"
        owner.execute(moved, [world.cell.pk])
        seal(world.cell.pk)
        count_entries()
        keep_findings()  # what happens later is asked for beside what is kept
        keep_share_reads()
        readers = {"fast": fast, "late": late, "over": over, "names": names, "own": own}
        yield SimpleNamespace(
            world=world,
            owner=owner,
            day=day,
            **readers,
            readers={str(each) for each in (slow, early, *readers.values())},
            shares=shares,
            colleague=Seated(world.auditor.accession, "auditor"),
        )


def _read(owner, world, actor, first, count, minutes, kind="case.read"):
    """So many different cases opened in so many minutes."""
    for n in range(count):
        owner.execute(
            "INSERT INTO audit_entry (at, cell_id, kind, outcome, actor, case_id, request, payload)"
            " VALUES (%s, %s, %s, 'done', %s, %s, %s, %s)",
            [
                first + timedelta(minutes=minutes) * n / (count - 1),
                *(world.cell.pk, kind, actor, uuid4(), uuid4(), payload.encode("page", {})),
            ],
        )


def _shares(owner, world):
    """One read without a mission, one with a measure, one that nobody has opened.

    And one of which an old share has ended, and which is read by a new one.
    """
    cases = [world.activated() for _ in range(3)]
    anew = world.activated()
    world.shared(anew, world.police)
    _weeks_ago(
        owner,
        "UPDATE referrals_share SET decided_at = decided_at - interval '40 days',"
        " proposed_at = proposed_at - interval '40 days',"
        " starts_at = starts_at - interval '40 days', expires_at = now() - interval '1 day'"
        " WHERE case_id = %s",
        [anew],
    )
    world.shared(anew, world.police)
    with acting_as(world.police.viewer) as viewer:
        case_file(viewer, anew)
    idle, busy, unread = cases
    for case_id, to in (
        (idle, world.gendarme),
        (busy, world.police),
        (unread, world.victim_support),
    ):
        world.shared(case_id, to)
    _measure(world, busy, world.police)
    _long_decided(owner, cases)
    for case_id, to in ((idle, world.gendarme), (busy, world.police)):
        with acting_as(to.viewer) as viewer:
            case_file(viewer, case_id)
    return SimpleNamespace(idle=idle, busy=busy, unread=unread)


def _measure(world, case_id, of):
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=of.accession_id,
            due_on=in_days(7),
        )


def _long_decided(owner, cases):
    _weeks_ago(
        owner,
        "UPDATE referrals_share SET decided_at = decided_at - interval '20 days'"
        " WHERE case_id = ANY (%s)",
        [cases],
    )


def _glass(owner, world):
    """Two emergency accesses: one of a week ago, one of today."""
    made = []
    for who in (world.gendarme, world.police):
        case_id = world.activated()
        with acting_as(world.coordinator.viewer) as viewer:
            reference = case_file(viewer, case_id).case.reference
        with acting_as(who.viewer) as viewer:
            said = {"compartments": [Compartment.FACTS], "reason": "Un élève en danger ce soir."}
            made.append(break_glass(viewer, reference=reference, emergency="danger", **said).pk)
    _weeks_ago(
        owner,
        "UPDATE referrals_glass SET opened_at = opened_at - interval '8 days',"
        " ends_at = ends_at - interval '8 days' WHERE id = %s",
        [made[0]],
    )


def _weeks_ago(owner, statement, values):
    with owner.transaction():
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(statement, values)


def found(ground, browser=None, **query):
    page = (browser or ground.world.auditor.browser).get(PAGE, query)
    assert page.status_code == 200
    return {part["rule"].code: part["lines"] for part in page.context["told"]}


def test_each_form_has_a_name_of_its_own(ground):
    labels = [line["form_label"] for lines in found(ground).values() for line in lines]
    assert len(labels) == len(set(labels)) > 3


def test_each_form_is_drawn_as_one_of_its_own_would_be(ground, monkeypatch):
    monkeypatch.setattr(pages.ConclusionForm.base_fields["conclusion"], "label", "Conclusion {0} <")
    monkeypatch.setattr(pages, "date_format", lambda day, _: f'{day} "<{pages.KEY}{pages.NAME}"')
    answer, keys = ground.colleague.browser.get(PAGE), []
    page, told = answer.content.decode(), answer.context["told"]
    for line in (line for part in told for line in part["lines"]):
        assert bool(line["form"]) == (not (line["own"] or line["review"] or line["settled_at"]))
        if drawn := line["form"]:
            one = {"form": pages.ConclusionForm(prefix=line["name"]), "name": line["name"]}
            assert render_to_string("audit/conclusion.html", one) in drawn in page
            assert f'aria-label="{escape(line["form_label"])}"' in drawn
            assert f'name="_seat" value="{ground.colleague.viewer.seat_id}"' in drawn
            keys += re.findall(r'name="_key" value="(\w{32})"', drawn)
    assert len(set(keys)) == len(keys) == page.count('name="constat"') > 3


def who_of(lines):
    return {line["name"].split("_")[1] for line in lines}


def test_each_rule_finds_what_stands_out_and_not_what_nearly_does(ground):
    told = found(ground)
    world = ground.world
    bulk = {line["name"].split("_")[1]: line for line in told["bulk"]}
    assert {who: bulk[who]["n"] for who in bulk.keys() & ground.readers} == {
        str(ground.fast): 61,
        str(ground.own): 70,
        str(ground.over): 62,
    }
    assert bulk[str(ground.over)]["day"] == ground.day
    assert f"du={ground.day - timedelta(days=1)}" in bulk[str(ground.over)]["journal"]
    assert who_of(told["night"]) == {str(ground.late), str(ground.over), str(ground.names)}
    assert who_of(told["unassigned"]) == {str(world.gendarme.viewer.account_id)}
    assert who_of(told["unused"]) == {str(world.victim_support.viewer.agency_id)}
    [glass] = told["glass"]
    assert glass["settled_at"] == "/acces-urgents/"
    assert glass["reference"]


def test_an_agency_that_opens_one_of_its_cases_has_used_its_shares(ground):
    agency = Seated(an_accession(ground.world.cell, kind="victim_support"), "agency_partner")
    case_id = ground.world.activated()
    ground.world.shared(case_id, agency)
    _measure(ground.world, case_id, agency)
    _long_decided(ground.owner, [case_id])
    assert str(agency.viewer.agency_id) in who_of(found(ground)["unused"])
    with acting_as(agency.viewer) as viewer:
        case_file(viewer, case_id)
    assert str(agency.viewer.agency_id) not in who_of(found(ground)["unused"])


def test_each_finding_leads_to_the_entries_that_it_comes_from(ground):
    for code, lines in found(ground).items():
        for line in lines:
            shown = ground.world.auditor.browser.get(line["journal"]).context["lines"]
            assert shown, code
            if code == "bulk":
                assert {str(each.actor) for each in shown} == {line["name"].split("_")[1]}


def name_of(ground, account, n=61):
    return f"bulk_{account}_{ground.day.isoformat()}_{n}"


def send(browser, name, conclusion="justified", **more):
    sent = {"constat": name, f"{name}-conclusion": conclusion} | more
    return browser.post(PAGE, sent)


def test_nobody_concludes_about_themselves_a_colleague_does_once(ground):
    name = name_of(ground, ground.own, 70)
    auditor, colleague = ground.world.auditor.browser, ground.colleague.browser
    assert send(auditor, name).status_code == 403
    assert "Vous concerne" in auditor.get(PAGE).content.decode()
    assert send(colleague, name, "explained").status_code == 302
    second_tab = send(colleague, name, "breach")
    assert second_tab.status_code == 409
    assert "déjà enregistrée" in second_tab.content.decode()
    [line] = [each for each in found(ground)["bulk"] if each["name"] == name]
    assert (str(line["conclusion"]), line["by"] != "") == (
        "Expliqué par la personne ou l'organisme",
        True,
    )
    entries = colleague.get("/api/v1/audit/entries/", {"kind": "finding.concluded"}).json()
    [entry] = entries["results"]
    assert entry["subject"] == str(ground.own)
    assert entry["facts"] == {
        "rule": "bulk",
        "about_person": str(ground.own),
        "about_agency": None,
        "found_on": ground.day.isoformat(),
        "finding_conclusion": "explained",
    }


def test_what_concerns_an_agency_is_concluded_by_another(ground):
    of_gendarmerie = Seated(ground.world.gendarme.accession, "auditor")
    [line] = found(ground)["unassigned"]
    assert send(of_gendarmerie.browser, line["name"]).status_code == 403
    assert [line["own"] for line in found(ground, of_gendarmerie.browser)["unassigned"]] == [True]


def test_what_comes_later_waits_for_a_conclusion_of_its_own(ground):
    account, browser = uuid4(), ground.colleague.browser
    noon = datetime.combine(ground.day, time(12, 0), PARIS)
    assert _grown(ground, account, noon, 61)["n"] == 61
    name = name_of(ground, account)
    assert send(browser, name).status_code == 302
    line = _grown(ground, account, noon + timedelta(minutes=31), 10)
    assert (line["n"], line["review"]) == (71, None)
    unseen = send(browser, name)
    assert unseen.status_code == 409
    assert "a changé" in unseen.content.decode()
    assert send(browser, line["name"], "breach").status_code == 302
    assert send(browser, line["name"]).status_code == 409


def _grown(ground, account, first, count):
    """The finding about somebody after so many more readings."""
    _read(ground.owner, ground.world, account, first, count, 25)
    seal(ground.world.cell.pk)
    count_entries()
    [line] = [each for each in found(ground)["bulk"] if str(account) in each["name"]]
    return line


def test_what_is_not_there_or_not_chosen_is_refused_and_nothing_is_lost(ground):
    browser = ground.colleague.browser
    for name in ("", "bulk", "bulk_x_y", f"bulk_{uuid4()}_2026-13-45_1"):
        assert send(browser, name).status_code == 422
    for name in (name_of(ground, uuid4()), f"bulk_{uuid4()}_0001-01-01_61"):
        assert send(browser, name).status_code == 409
    empty = send(browser, name_of(ground, ground.fast), "")
    assert empty.status_code == 422
    assert send(browser, name_of(ground, ground.fast), "guilty").status_code == 422


def test_without_a_fresh_factor_nothing_is_concluded(ground):
    someone = Seated(ground.world.auditor.accession, "auditor")
    browser = someone.browser
    stale(someone.person)
    assert send(browser, name_of(ground, ground.fast)).status_code == 303
    rows = ground.owner.execute(
        "SELECT count(*) FROM audit_review WHERE about = %s", [ground.fast]
    ).fetchone()
    assert rows == (0,)


def test_the_database_alone_lets_nobody_conclude_about_themselves_or_in_another_s_name(ground):
    review = (
        "INSERT INTO audit_review (id, cell_id, rule, about, day, n, concerned, conclusion,"
        " by_account, by_seat) VALUES (gen_random_uuid(), {cell}, 'night', {about},"
        " current_date, 3, {concerned}, 'justified', {by}, kernel.session_seat())"
    )
    cell, me = ground.world.cell.pk, "kernel.session_account()"
    any_one, agency, auditor = "gen_random_uuid()", "kernel.session_agency()", ground.world.auditor
    tries = {
        "about oneself": (auditor, cell, any_one, me, me),
        "about oneself, not said": (auditor, cell, me, "NULL", me),
        "about one's agency": (auditor, cell, agency, "NULL", me),
        "in another's name": (auditor, cell, any_one, "NULL", any_one),
        "in another cell": (auditor, cell + 1, any_one, "NULL", me),
        "who works on cases": (ground.world.coordinator, cell, any_one, "NULL", me),
        "a colleague": (auditor, cell, any_one, any_one, me),
    }
    answers = {}
    for name, (seat, *values) in tries.items():
        named = dict(zip(("cell", "about", "concerned", "by"), values, strict=True))
        with injected(seat) as connection:
            answers[name] = refusal(connection, review.format(**named))
    assert answers == {
        "about oneself": "23514",
        "about oneself, not said": "23514",
        "about one's agency": "42501",
        "in another's name": "42501",
        "in another cell": "42501",
        "who works on cases": "42501",
        "a colleague": "1 rows",
    }
    with injected(ground.world.auditor) as connection:
        assert refusal(connection, "UPDATE audit_review SET conclusion = 'breach'") == "42501"


def test_a_shorter_period_and_another_cell_show_less(ground, elsewhere):
    assert found(ground, jours="7")["bulk"]
    assert found(ground, jours="x")["bulk"]
    told = found(ground, elsewhere.auditor.browser)
    assert {code: lines for code, lines in told.items() if lines} == {}
    assert ground.world.coordinator.browser.get(PAGE).status_code == 404


def test_the_api_lists_and_concludes_as_the_page_does(ground):
    api, account = "/api/v1/audit/findings/", uuid4()
    someone = Seated(ground.world.auditor.accession, "auditor")
    browser = someone.browser
    _grown(ground, account, datetime.combine(ground.day, time(16, 0), PARIS), 61)

    def listed(about):
        told = browser.get(api, {"days": 7}).json()
        assert told["looked_until"]
        rules = {each["rule"]: each for each in told["rules"]}
        assert rules["bulk"]["label"] == "Lecture en masse"
        [one] = [each for each in rules["bulk"]["findings"] if each["about"] == str(about)]
        return one

    def said(by=None, **more):
        one = {"rule": "bulk", "day": ground.day.isoformat(), "n": 61, "conclusion": "breach"}
        one |= {"about": str(account)} | more
        return (by or browser).post(api, one, content_type="application/json")

    assert listed(ground.own)["own"] is False
    assert (listed(account)["n"], listed(account)["conclusion"]) == (61, None)
    assert said(ground.world.coordinator.browser).status_code == 404
    assert said(ground.world.coordinator.browser, n="x").status_code == 404
    assert ground.world.coordinator.browser.get(api, {"days": 8}).status_code == 404
    assert said(ground.world.auditor.browser, about=str(ground.own), n=70).status_code == 403
    for wrong in ({"conclusion": "guilty"}, {"about": "x"}, {"day": "x"}, {"n": -1}, {"other": 1}):
        assert said(**wrong).status_code == 422, wrong
    assert (browser.get(api, {"days": 8}).status_code, said(n=60).status_code) == (422, 409)
    stale(someone.person)
    assert said().json()["error"]["code"] == "step_up_required"
    assert said(ground.colleague.browser).status_code == 201
    assert said(ground.colleague.browser).status_code == 409
    one = listed(account)
    who = str(ground.colleague.viewer.account_id)
    assert (one["conclusion"], one["concluded_by"]) == ("breach", who)
