"""The journal over time, and filters kept under a name: of one's own cell, and one's own."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.http import QueryDict
from django.utils import timezone

from audit.desk.services.views import MOST, forget_view, views_of
from audit.tasks import count_entries
from kernel.errors import WrongState
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.audit.working import seal
from tests.support.at_once import at_once
from tests.support.walls import said_to_be_elsewhere, without_row_security
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
CHART, VIEWS, JOURNAL = "/journal/frise/", "/journal/vues/", "/journal/"
EXPORTS = "/journal/exports/"


@pytest.fixture(scope="module")
def ground(database):
    """A case opened three times, and one refusal; all of it counted."""
    world = World()
    case_id = world.qualified()
    with acting_as(world.coordinator.viewer) as viewer:
        for _ in range(3):
            case_file(viewer, case_id)
    world.coordinator.browser.get(JOURNAL)
    seal(world.cell.pk)
    count_entries()
    return SimpleNamespace(
        world=world,
        case=case_id,
        browser=world.auditor.browser,
        colleague=Seated(world.auditor.accession, "auditor"),
        me=str(world.coordinator.viewer.account_id),
    )


def drawn(ground, **query):
    page = ground.browser.get(CHART, query)
    assert page.status_code == 200
    return page


def test_a_bar_is_what_the_journal_of_that_day_shows(ground):
    for query in (
        {"evenement": "case.read", "personne": ground.me},
        {"dossier": str(ground.case), "evenement": "case.read"},
    ):
        page = drawn(ground, **query)
        assert page.context["total"] == 3
        [line] = page.context["lines"]
        assert (line["n"], line["refused"]) == (3, 0)
        assert len(page.context["bars"]) == 30
        shown = ground.browser.get(line["url"]).context["lines"]
        assert len(shown) == 3
        content = page.content.decode()
        assert '<svg class="chart"' in content
        assert content.index("<svg") < content.index("<table")
    refused = drawn(ground, resultat="refused", personne=ground.me)
    assert [(line["n"], line["refused"]) for line in refused.context["lines"]] == [(1, 1)]


def test_a_long_time_is_shown_by_months_and_an_empty_one_says_so(ground):
    today = timezone.localdate()
    long = {"du": (today - timedelta(days=400)).isoformat(), "personne": ground.me}
    page = drawn(ground, **long, evenement="case.read")
    assert page.context["by_month"]
    assert 13 <= len(page.context["bars"]) <= 15
    assert page.context["total"] == 3
    old = drawn(ground, du="2020-01-01", au="2020-01-31")
    assert (len(old.context["bars"]), old.context["lines"]) == (31, [])
    endless = drawn(ground, du="0001-01-01", evenement="case.read", personne=ground.me)
    assert endless.context["total"] == 3
    assert len(endless.context["bars"]) <= 122


def test_a_bad_filter_is_told_on_the_chart_too(ground):
    page = ground.browser.get(CHART, {"du": "hier", "moyen": "api"})
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["du"]
    assert ground.world.coordinator.browser.get(CHART).status_code == 404


def test_another_cell_s_entries_are_in_no_bar(ground, elsewhere):
    theirs = elsewhere.qualified()
    with acting_as(elsewhere.coordinator.viewer) as viewer:
        case_file(viewer, theirs)
    seal(elsewhere.cell.pk)
    count_entries()
    assert drawn(ground, evenement="case.read").context["total"] == 3


def keep(browser, name, query):
    return browser.post(VIEWS, {"nom": name, "filtres": query})


def names(browser):
    return [view["label"] for view in browser.get(VIEWS).context["views"]]


def test_a_view_is_kept_opened_and_forgotten_by_its_owner_alone(ground):
    browser = ground.browser
    query = f"personne={ground.me}&evenement=case.read&avant=1-2-3&x=y"
    offered = browser.get(VIEWS + "?" + query)
    assert "avant" not in offered.context["asked"]
    assert [value for _label, value in offered.context["words"]][1:] == ["Dossier consulté"]
    assert keep(browser, "Coordination", query).status_code == 302
    [view] = browser.get(VIEWS).context["views"]
    assert set(QueryDict(view["url"].partition("?")[2])) == {"personne", "evenement"}
    assert len(browser.get(view["url"]).context["lines"]) == 3
    assert names(ground.colleague.browser) == []
    assert ground.colleague.browser.post(VIEWS, {"oublier": view["id"]}).status_code == 409
    assert browser.post(VIEWS, {"oublier": view["id"]}).status_code == 302
    assert browser.post(VIEWS, {"oublier": view["id"]}).status_code == 409
    assert names(browser) == []


def test_what_is_asked_for_is_said_in_the_days_that_were_chosen(ground):
    asked = f"dossier={ground.case}&du=2026-11-03&au=2026-11-04"
    for page in (VIEWS, EXPORTS):
        words = ground.browser.get(f"{page}?{asked}").context["words"]
        assert [value for _label, value in words][1:] == ["3 novembre 2026", "4 novembre 2026"]
    answer = ground.browser.post(EXPORTS, {"filtres": "evenement=case.read"})
    assert answer.url == f"{EXPORTS}?evenement=case.read", "what was asked for stays in sight"


def test_what_cannot_be_kept_comes_back_as_it_was_typed(ground):
    browser = ground.colleague.browser
    assert keep(browser, "Refus", "resultat=refused").status_code == 302
    again = keep(browser, "Refus", "moyen=api")
    assert again.status_code == 409
    assert "moyen=api" in again.content.decode()
    for name, query in ((" ", "moyen=api"), ("x" * 61, "moyen=api"), ("Vide", "avant=1-2-3")):
        page = keep(browser, name, query)
        assert page.status_code == 422
        assert "nom" in page.context["form"].errors
    assert names(browser) == ["Refus"]
    assert keep(ground.world.coordinator.browser, "Vue", "moyen=api").status_code == 404


OF_MANY = (
    "INSERT INTO audit_view (id, cell_id, account_id, label, query) SELECT gen_random_uuid(),"
    " %s, %s, 'Vue ' || n, 'moyen=api' FROM generate_series(1, %s) n"
)


def test_views_are_one_s_own_without_row_security_too(ground):
    mine, other = ground.world.auditor.viewer, ground.colleague.viewer
    keep(ground.browser, "À moi", "moyen=api")
    with without_row_security("audit_view"):
        with acting_as(mine) as viewer:
            [(number, label, _query)] = views_of(viewer)
        assert label == "À moi"
        with acting_as(other) as viewer:
            assert label not in [name for _id, name, _query in views_of(viewer)]
        with pytest.raises(WrongState), acting_as(other) as viewer:
            forget_view(viewer, number)
        with said_to_be_elsewhere("audit_view", mine.cell_id):
            with acting_as(mine) as viewer:
                assert views_of(viewer) == []
            with pytest.raises(WrongState), acting_as(mine) as viewer:
                forget_view(viewer, number)
        with acting_as(mine) as viewer:
            assert forget_view(viewer, number) == number


def test_two_views_at_once_do_not_pass_the_limit_of_one_s_own(ground, owner_of_everything):
    """The views of others and of another cell do not count, which only Python says here."""
    person = Seated(ground.world.auditor.accession, "auditor")
    cell, account = ground.world.cell.pk, person.viewer.account_id
    for row in (
        (cell, account, MOST - 1),
        (cell, ground.world.auditor.viewer.account_id, 1),
        (cell + 100_000, account, 1),
    ):
        owner_of_everything.execute(OF_MANY, row)
    with without_row_security("audit_view"):
        answers = at_once(
            "LOCK TABLE audit_view IN SHARE MODE",
            acts=[lambda n=n: keep(person.browser, f"L'une {n}", "moyen=api") for n in (1, 2)],
        )
    assert sorted(answer.status_code for answer in answers) == [302, 409]
    assert len(names(person.browser)) == MOST


def test_the_api_keeps_lists_and_forgets_what_the_page_shows(ground):
    api, browser = "/api/v1/audit/views/", Seated(ground.world.auditor.accession, "auditor").browser

    def sent(body, to=api, by=browser):
        return by.post(to, body, content_type="application/json")

    filters = {"actor": ground.me, "kind": "case.read", "since": "2020-01-01"}
    made = sent({"name": "Coordination", "filters": filters})
    assert made.status_code == 201
    assert browser.get(api).json()["results"] == [made.json()]
    assert made.json()["filters"] == filters
    assert len(browser.get(made.json()["url"]).context["lines"]) == 3
    assert names(browser) == ["Coordination"]
    assert sent({"name": "Coordination", "filters": {"outcome": "refused"}}).status_code == 409
    for wrong in ({}, {"outcome": "perhaps"}, {"since": "x"}, {"actor": "x"}, {"by": "x"}):
        assert sent({"name": "Autre", "filters": wrong}).status_code == 422, wrong
    assert sent({"name": "", "filters": filters}).status_code == 422
    gone, forget = {"which": made.json()["id"]}, f"{api}forget/"
    assert sent(gone, forget, ground.browser).status_code == 409
    assert sent(gone, forget).json() == {"id": gone["which"]}
    assert sent(gone, forget).status_code == 409
    assert browser.get(api).json() == {"results": []}
    stranger = ground.world.coordinator.browser
    assert stranger.get(api).status_code == 404
    for body in ({"name": "Vue", "filters": filters}, gone, {}):
        assert sent(body, by=stranger).status_code == 404
        assert sent(body, forget, stranger).status_code == 404
    assert stranger.post(VIEWS, {}).status_code == stranger.get(VIEWS).status_code == 404
