"""Every step of signing in, and every right given or taken, stands in the record of its cell."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest
from django.conf import settings

from agencies.services import throttle
from agencies.services.ask_replacement import ask_replacement
from agencies.services.confirm_factor import confirm_factor
from agencies.services.end_membership import end_membership
from agencies.services.sign_in import Wait, sign_in
from agencies.services.sign_in_with_passkey import sign_in_with_passkey
from agencies.services.telling import cells_of
from audit import cells, people
from audit.leaf import NOBODY
from kernel.clock import now
from kernel.errors import Invalid
from kernel.scope import acting_as
from tests.agencies.factories import (
    OPERATOR,
    PASSWORD,
    a_browser,
    a_cell,
    a_person,
    an_accession,
    an_origin,
    signed_in,
)
from tests.agencies.test_throttling import at_the_same_moment
from tests.support.database import admin


def entries(cell_id, **where):
    """The entries of a cell in their order: kind, outcome, actor and what they say."""
    sql = "SELECT kind, outcome, actor, payload FROM audit_entry WHERE cell_id = %s"
    values = [cell_id]
    for column, value in where.items():
        sql += f" AND {column} = %s"
        values.append(value)
    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        rows = connection.execute(sql + " ORDER BY id", values).fetchall()
    return [(kind, outcome, actor, json.loads(bytes(text))) for kind, outcome, actor, text in rows]


def steps(cell, person):
    """What the record says of this person's signing in."""
    return [
        (kind, outcome)
        for kind, outcome, actor, _ in entries(cell.pk, actor=person.account_id)
        if kind.startswith("signin.")
    ]


def test_signing_in_and_out_leaves_four_entries(cell, gendarme):
    browser = signed_in(gendarme)
    browser.post("/deconnexion/")
    assert steps(cell, gendarme) == [
        ("signin.password", "done"),
        ("signin.code", "done"),
        ("signin.opened", "done"),
        ("signin.closed", "done"),
    ]


def test_a_wrong_password_a_wrong_code_and_too_many_are_recorded_as_refused(cell, gendarme):
    browser = a_browser()
    for _ in range(6):
        browser.post("/connexion/", {"email": gendarme.email, "password": "pas celui-là"})
    other = a_browser()
    other.post("/connexion/", {"email": gendarme.email, "password": PASSWORD})
    other.post("/connexion/code/", {"code": "abc"})
    assert steps(cell, gendarme) == [
        *[("signin.password", "refused")] * 6,
        ("signin.password", "done"),
        ("signin.code", "refused"),
    ]
    codes = [said.get("code") for *_, said in entries(cell.pk, actor=gendarme.account_id)]
    assert codes == [*["wrong_credentials"] * 5, "too_many", None, "wrong_code"]


DOORS = {
    "password": lambda who, at: sign_in(at, email=who.email, password="pas celui-là"),
    "code": lambda who, at: confirm_factor(at, account_id=who.account_id, code="abc"),
    "passkey": lambda _who, at: sign_in_with_passkey(at, '{"credential": {"rawId": "aucune"}}'),
    "lost": lambda who, at: ask_replacement(at, email=who.email),
}


@pytest.mark.parametrize("door", DOORS)
def test_whoever_is_told_to_wait_is_recorded_once_each_time_that_it_closes(
    cell, gendarme, door, monkeypatch
):
    """Without a password, nobody fills the record of somebody's cell."""
    origin = an_origin()

    def told(times):
        before = len(waits(cell))
        for _ in range(times):
            with suppress(Invalid, Wait):
                DOORS[door](gendarme, origin)
        return len(waits(cell)) - before

    assert [told(5), told(1), told(9)] == [0, 1, 0]
    later = now() + timedelta(minutes=16)
    monkeypatch.setattr(throttle, "now", lambda: later)
    assert [told(5), told(10)] == [0, 1]


def waits(cell):
    """What stands in the record of tries that had to wait, in this cell and in none."""
    found = [*entries(cell.pk), *entries(0)]
    return [kind for kind, *_rest, said in found if said.get("code") == "too_many"]


def test_of_sixteen_told_to_wait_at_the_same_moment_one_is_recorded(cell, gendarme):
    origin, before = an_origin(), len(waits(cell))
    for _ in range(5):
        with pytest.raises(Invalid):
            DOORS["password"](gendarme, origin)
    answers = at_the_same_moment(16, lambda _: DOORS["password"](gendarme, origin))
    assert {type(answer) for answer in answers} == {Wait}
    assert len(waits(cell)) == before + 1


def test_a_try_at_somebody_of_two_cells_stands_in_both(cell, gendarme):
    second = a_cell()
    gendarme.joins(an_accession(second), "agency_partner")
    a_browser().post("/connexion/", {"email": gendarme.email, "password": "pas celui-là"})
    assert steps(cell, gendarme) == steps(second, gendarme) == [("signin.password", "refused")]


def test_a_cell_that_somebody_has_left_learns_of_no_sign_in(cell, gendarme):
    second = a_cell()
    gendarme.joins(an_accession(second), "agency_partner")
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    signed_in(gendarme, seat_id=gendarme.memberships[1].pk)
    a_browser().post("/connexion/", {"email": gendarme.email, "password": "pas celui-là"})
    assert steps(cell, gendarme) == []
    assert steps(second, gendarme) == [
        ("signin.password", "done"),
        ("signin.code", "done"),
        ("signin.opened", "done"),
        ("signin.password", "refused"),
    ]


def test_without_any_place_left_a_try_stands_under_no_cell(cell, gendarme):
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    a_browser().post("/connexion/", {"email": gendarme.email, "password": PASSWORD})
    assert steps(cell, gendarme) == []
    kinds = [(kind, outcome) for kind, outcome, *_ in entries(0, actor=gendarme.account_id)]
    assert kinds == [("signin.password", "done")]


def test_a_notice_of_a_factor_goes_to_no_cell_that_was_left(cell, gendarme):
    second = a_cell()
    gendarme.joins(an_accession(second), "agency_partner")
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    assert cells_of(gendarme.account_id) == [second.pk]


def test_a_try_at_nobody_stands_under_no_cell_and_names_nobody():
    before = len(entries(0, actor=NOBODY))
    address = "inconnue-au-journal@essais.exemple"
    a_browser().post("/connexion/", {"email": address, "password": PASSWORD})
    new = entries(0, actor=NOBODY)[before:]
    assert [(kind, outcome) for kind, outcome, *_ in new] == [("signin.password", "refused")]
    assert address not in str(new)


def test_a_token_that_opens_nothing_stands_under_no_cell_and_is_not_repeated():
    before = len(entries(0, kind="signin.key"))
    system = a_browser(headers={"Authorization": "Bearer rpt_personne-ne-l-a-fait"})
    assert system.get("/api/v1/referrals/").status_code == 401
    ((kind, outcome, *told),) = entries(0, kind="signin.key")[before:]
    assert (kind, outcome) == ("signin.key", "refused")
    assert "rpt_" not in str(told)


def test_rights_given_and_taken_are_recorded(cell, gendarme):
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    kinds = [kind for kind, *_ in entries(cell.pk)]
    assert kinds == ["cell.founded", "agency.enrolled", "membership.granted", "membership.ended"]
    granted = entries(cell.pk, kind="membership.granted")[0][3]["facts"]
    who = str(gendarme.account_id)
    assert granted == {"account": who, "before": None, "after": ["agency_partner"]}
    ended = entries(cell.pk, kind="membership.ended")[0][3]["facts"]
    assert ended == {"account": who, "before": ["agency_partner"], "after": None}


@pytest.mark.parametrize("secret", [PASSWORD, "essais.exemple", "Personne"])
def test_nothing_personal_is_in_any_entry(cell, gendarme, secret):
    signed_in(gendarme)
    assert secret not in str(entries(cell.pk))


def test_the_record_can_name_people_and_agencies_of_its_cell(cell, gendarme, coordinator):
    stranger = a_person(an_accession(a_cell()), "agency_partner")
    end_membership(OPERATOR, membership_id=gendarme.seat_id)
    name = gendarme.memberships[0].display_name
    with acting_as(coordinator.viewer()) as viewer:
        wanted = [gendarme.account_id, stranger.account_id]
        assert people.names_of(viewer, wanted) == {gendarme.account_id: name}
        assert set(people.everybody(viewer)) == {gendarme.account_id, coordinator.account_id}
        assert list(people.agencies_of(viewer, [viewer.agency_id]).values()) == [viewer.agency_name]


def test_a_command_finds_a_cell_by_its_code(cell):
    assert cells.cell_of(cell.code) == cell.pk
    assert cells.cell_of("pas un code") is None
