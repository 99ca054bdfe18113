"""Tokens of agency systems: what they open, what they never open, and how they end."""

import secrets
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.urls import reverse

from agencies.models import Membership, Token
from agencies.operator import ALIAS
from agencies.services import admit_token as admitting
from agencies.services.end_access import EndReason, end_agency, end_person
from agencies.services.make_token import (
    Made,
    agencies_with_tokens,
    make_token,
    revoke_token,
    tokens_of,
)
from kernel.clock import now
from kernel.errors import Invalid, NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.http import bearer
from kernel.models import ScopeSession
from kernel.scope import acting_as, bind
from kernel.step_up import require_fresh
from tests.agencies.factories import a_browser
from tests.authorisation.asking import said
from tests.support.database import admin, as_role
from tests.support.searching import database_name, tables_holding
from tests.support.server import wait_for
from tests.support.walls import injected, refusal
from tests.support.world import Seated, lead_of

pytestmark = pytest.mark.database
FORBIDDEN = "42501"
ALL = (
    *("cases.read", "meetings.read", "measures.done", "record.witness"),
    *("shares.answer", "shares.read"),
)
LIST = "/api/v1/referrals/"


def a_token(world, *may: str, of: Seated | None = None, **values) -> Made:
    who = world.gendarme_lead if of is None else lead_of(of)
    with acting_as(who.viewer) as viewer:
        return make_token(
            viewer,
            accession_id=who.accession_id,
            called="Main courante",
            may=may or ALL,
            days=values.pop("days", 30),
            **values,
        )


def calling(made: Made | str, address: str | None = None):
    """A system that carries the token in every call."""
    secret = made if isinstance(made, str) else made.secret
    return a_browser(address, headers={"Authorization": f"Bearer {secret}"})


@pytest.fixture
def lead(world) -> Seated:
    assert world.gendarme_lead.viewer
    return world.gendarme_lead


def test_a_system_reads_what_is_shared_with_its_agency_and_nothing_else(world):
    case_id, other = world.activated(), world.activated()
    world.shared(case_id, world.gendarme)
    system = calling(a_token(world))
    found = system.get(LIST).json()["results"]
    assert [case["id"] for case in found] == [str(case_id)]
    assert system.get(f"{LIST}{case_id}/").status_code == 200
    assert system.get(f"{LIST}{other}/").status_code == 404


def test_a_system_answers_a_share_and_marks_a_measure_without_a_form_token(world, lead):
    share_id = world.proposed(world.activated(), world.gendarme)
    system = a_browser(
        headers={"Authorization": f"Bearer {a_token(world).secret}"}, enforce_csrf_checks=True
    )
    answer = system.post(
        reverse("api-shares-accept", args=[share_id]), "{}", content_type="application/json"
    )
    assert answer.status_code == 200, said(answer)
    journal = world.auditor.browser.get(reverse("audit:journal")).content.decode()
    assert "Main courante" in journal
    assert "par un système, avec un jeton" in journal


def test_the_secret_is_recognisable_and_kept_nowhere(world):
    made = a_token(world)
    prefix, number, secret = made.secret.split("_")
    assert (prefix, len(number), len(secret)) == ("rpt", 12, 64)
    assert tables_holding(secret) == []
    with acting_as(world.cell_admin.viewer) as viewer:
        token = tokens_of(viewer).get()
        assert token.shown == f"rpt_{number}"


def test_a_token_opens_no_page_and_cookies_count_for_nothing_beside_it(world):
    made = a_token(world, "shares.read")
    system = calling(made)
    for page in ("/", "/dossiers/", "/partages/", "/jetons/", "/compte/absence/"):
        answer = system.get(page)
        assert answer.status_code == 302, page
        assert reverse("agencies:sign_in") in answer.headers["Location"]
    both = a_browser(headers={"Authorization": f"Bearer {made.secret}"})
    both.cookies["rempart"] = world.coordinator.browser.cookies["rempart"].value
    assert both.get("/").status_code == 302
    assert both.get(LIST).status_code == 403
    wrong = a_browser(headers={"Authorization": "Bearer rpt_wrong"})
    wrong.cookies["rempart"] = world.coordinator.browser.cookies["rempart"].value
    assert wrong.get(LIST).status_code == 401
    as_cookie = a_browser()
    as_cookie.cookies["rempart"] = made.secret
    assert as_cookie.get(LIST).status_code == 401


def test_a_token_is_no_second_factor(world):
    made = a_token(world)
    calling(made).get(LIST)
    from django.db import transaction

    with transaction.atomic():
        viewer = bind(made.secret, channel=bearer.CHANNEL)
        assert viewer is not None
        assert viewer.roles == {"agency_partner"}
        with pytest.raises(NotAllowed) as refused:
            require_fresh(viewer)
    assert refused.value.code == "step_up_required"
    assert not isinstance(refused.value, StepUpRequired)
    assert "second facteur" in str(refused.value.message)
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [made.secret])
        assert connection.execute("SELECT kernel.session_fresh()").fetchone() == (False,)


# How it ends.


@pytest.mark.parametrize("how", ["revoked", "accession", "expired"])
def test_a_token_that_has_ended_opens_nothing(world, how):
    made = a_token(world)
    system = calling(made)
    assert system.get(LIST).status_code == 200
    if how == "revoked":
        with acting_as(world.cell_admin.viewer) as viewer:
            revoke_token(viewer, made.id)
        with pytest.raises(WrongState), acting_as(world.cell_admin.viewer) as viewer:
            revoke_token(viewer, made.id)
    elif how == "accession":
        with acting_as(world.cell_admin.viewer) as viewer:
            end_agency(viewer, world.gendarme.accession_id, reason=EndReason.LEFT, whole=True)
    else:
        with admin(database_name()) as connection:
            connection.execute(
                "UPDATE agencies_token SET expires_at = now() WHERE id = %s", [made.id]
            )
    answer = system.get(LIST)
    assert answer.status_code == 401
    wrong = calling(f"rpt_{secrets.token_hex(6)}_{secrets.token_hex(32)}").get(LIST)
    assert answer.content == wrong.content
    assert set(answer.headers) == set(wrong.headers)


@pytest.mark.parametrize("how", ["ended", "later", "switched off"])
def test_a_token_ends_with_whoever_made_it(world, lead, how):
    made, other = a_token(world), a_token(world, of=world.police)
    system = calling(made)
    assert system.get(LIST).status_code == 200
    places = Membership.objects.using(ALIAS).filter(pk=lead.person.seat_id)
    if how == "ended":
        with acting_as(world.cell_admin.viewer) as viewer:
            end_person(viewer, lead.person.seat_id, reason=EndReason.COMPROMISED)
    elif how == "later":
        places.update(valid_until=now() + timedelta(seconds=0.5))
        wait_for(lambda: system.get(LIST).status_code == 401, within=5, what="the end of the token")
    else:
        call_command("end_person", lead.person.email, "--switch-off")
    assert system.get(LIST).status_code == 401
    assert calling(other).get(LIST).status_code == 200
    with acting_as(world.cell_admin.viewer) as viewer:
        token = tokens_of(viewer).get(pk=made.id)
    assert token.expires_at <= now()
    assert token.seat.valid_until <= now()


def test_an_address_outside_the_list_is_answered_like_a_wrong_token(world):
    made = a_token(world, networks=["192.0.2.0/24", "2001:db8::/32"])
    for inside in ("192.0.2.9", "2001:db8::7", "::ffff:192.0.2.10"):
        assert calling(made, inside).get(LIST).status_code == 200, inside
    for outside in ("192.0.3.1", "2001:db9::1", "nonsense"):
        assert calling(made, outside).get(LIST).status_code == 401, outside


def test_who_keeps_trying_wrong_tokens_waits(world):
    address = "203.0.113.77"
    answers = [calling(f"rpt_{n}", address).get(LIST) for n in range(8)]
    assert answers[0].status_code == 401
    assert answers[-1].status_code == 429
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert calling(a_token(world), address).get(LIST).status_code == 200


@pytest.mark.parametrize("text", ["", " ", "é" * 20, "x" * 5000, "rpt_", "\x00", "null"])
def test_what_is_no_token_is_nobody(world, text):
    answer = a_browser().get(
        LIST, headers={"Authorization": f"Bearer {text}".encode().decode("latin1")}
    )
    assert answer.status_code == 401


def test_a_token_has_a_quota_of_its_own(world, monkeypatch):
    monkeypatch.setattr(admitting, "CALLS", 3)
    system, other = calling(a_token(world)), calling(a_token(world))
    codes = [system.get(LIST).status_code for _ in range(4)]
    assert codes == [200, 200, 200, 429]
    refused = system.get(LIST)
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    assert other.get(LIST).status_code == 200


def test_the_last_use_is_noted_at_most_once_an_hour(world):
    made = a_token(world)
    system = calling(made)
    tokens = Token.objects.using("signin").filter(pk=made.id)
    assert tokens.get().last_used_at is None
    system.get(LIST)
    first = tokens.get().last_used_at
    assert first is not None
    system.get(LIST)
    assert tokens.get().last_used_at == first
    tokens.update(last_used_at=first - timedelta(hours=2))
    system.get(LIST)
    assert tokens.get().last_used_at > first


# Who may make one.


def test_who_leads_an_agency_makes_tokens_for_it_alone(world, lead):
    with acting_as(lead.viewer) as viewer:
        make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Système",
            may=["shares.read"],
            days=10,
        )
        assert tokens_of(viewer).count() == 1
    a_token(world, of=world.police)
    with acting_as(lead.viewer) as viewer:
        assert tokens_of(viewer).count() == 1
    with pytest.raises(NotFound), acting_as(lead.viewer) as viewer:
        make_token(
            viewer,
            accession_id=world.police.accession_id,
            called="Système",
            may=["shares.read"],
            days=10,
        )


MAKE = (
    "SELECT agencies.make_token(gen_random_uuid(), %s, 'x', 'rpt_x', sha256('x'),"
    " ARRAY['cases.read'], '{}', now() + interval '%s days')"
)


@pytest.mark.parametrize("who", ["gendarme", "coordinator", "prosecutor", "pilot", "auditor"])
def test_nobody_else_makes_or_reads_tokens(world, who):
    seat = world.everybody()[who]
    made = a_token(world)
    assert seat.browser.get("/jetons/").status_code == 403
    with injected(seat) as connection:
        assert refusal(connection, MAKE, seat.accession_id, 30) == FORBIDDEN
        assert refusal(connection, "SELECT agencies.revoke_token(%s)", made.id) == FORBIDDEN
        assert connection.execute("SELECT count(id) FROM agencies_token").fetchone() == (0,)
        connection.rollback()
        assert refusal(connection, "SELECT secret_digest FROM agencies_token") == FORBIDDEN


def test_the_cells_administration_lists_and_revokes_and_makes_none(world):
    made = a_token(world)
    admin_seat = world.cell_admin
    with acting_as(admin_seat.viewer) as viewer:
        assert [token.pk for token in tokens_of(viewer)] == [made.id]
        assert not agencies_with_tokens(viewer).exists()
    for seat in (world.gendarme, world.prosecutor, world.pilot, admin_seat):
        with pytest.raises(NotFound), acting_as(admin_seat.viewer) as viewer:
            make_token(
                viewer, accession_id=seat.accession_id, called="x", may=["cases.read"], days=9
            )
        with injected(admin_seat) as connection:
            assert refusal(connection, MAKE, seat.accession_id, 30) == FORBIDDEN
    assert admin_seat.browser.get("/jetons/nouveau/").status_code == 403
    assert "/jetons/nouveau/" not in admin_seat.browser.get("/jetons/").content.decode()
    with acting_as(admin_seat.viewer) as viewer:
        revoke_token(viewer, made.id)


@pytest.mark.parametrize("who", ["prosecutor", "pilot"])
def test_a_prosecutors_office_and_a_school_have_no_tokens(world, who):
    head = lead_of(world.everybody()[who])
    assert head.viewer
    with pytest.raises(NotFound), acting_as(head.viewer) as viewer:
        make_token(viewer, accession_id=head.accession_id, called="x", may=["cases.read"], days=9)
    with injected(head) as connection:
        assert refusal(connection, MAKE, head.accession_id, 30) == FORBIDDEN
    assert head.browser.get("/jetons/nouveau/").status_code == 403


def test_the_role_that_serves_pages_cannot_mint(world):
    """It makes a seat; the session that the secret opens is written by the sign-in role alone."""
    with injected(world.gendarme_lead) as connection:
        insert = (
            "INSERT INTO kernel_session (token_hash, seat_id, account_id, channel, factor,"
            " factor_at, created_at, idle_seconds, idle_until, expires_at, user_agent)"
            " SELECT sha256('x'), id, account_id, 'token', 'token', now(), now(), 9,"
            " now() + interval '1 day', now() + interval '1 day', '' FROM agencies_membership"
        )
        assert refusal(connection, insert) == FORBIDDEN
        connection.execute(MAKE, [world.gendarme.accession_id, 30])
        connection.commit()
    assert a_browser().get(LIST, headers={"Authorization": "Bearer x"}).status_code == 401


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("may", {"may": ["everything"]}),
        ("may", {"may": []}),
        ("days", {"days": 366}),
        ("days", {"days": 0}),
        ("networks", {"networks": ["not a network"]}),
        ("networks", {"networks": ["10.0.0.0/8"] * 21}),
    ],
)
def test_what_cannot_be_is_refused_by_name(world, field, values):
    chosen = {"may": ["cases.read"], "days": 30, **values}
    with pytest.raises(Invalid) as refused, acting_as(world.gendarme_lead.viewer) as viewer:
        make_token(viewer, accession_id=world.gendarme.accession_id, called="x", **chosen)
    assert field in refused.value.fields


def test_a_fresh_factor_comes_first(world):
    assert world.gendarme_lead.viewer
    sessions = ScopeSession.objects.using("signin")
    sessions.filter(account_id=world.gendarme_lead.person.account_id).update(
        factor_at=now() - timedelta(minutes=6)
    )
    with pytest.raises(StepUpRequired):
        a_token(world)
    with injected(world.gendarme_lead) as connection:
        assert refusal(connection, MAKE, world.gendarme.accession_id, 30) == FORBIDDEN


def test_the_page_shows_the_secret_once(world):
    browser = world.gendarme_lead.browser
    typed = {
        "accession": str(world.gendarme.accession_id),
        "called": "Main courante",
        "may": ["cases.read", "shares.read"],
        "days": "90",
        "networks": "ailleurs",
    }
    refused = browser.post("/jetons/nouveau/", typed)
    assert refused.status_code == 422
    assert "ailleurs" in refused.content.decode()
    answer = browser.post("/jetons/nouveau/", typed | {"networks": ""})
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    shown = answer.content.decode().split("rpt_")[1].split("<")[0]
    assert calling(f"rpt_{shown}").get(LIST).status_code == 200
    assert shown not in browser.get("/jetons/").content.decode()
    with acting_as(world.cell_admin.viewer) as viewer:
        token = tokens_of(viewer).get()
    revoke = reverse("agencies:revoke_token", args=[token.pk])
    assert browser.post(revoke).status_code == 302
    assert calling(f"rpt_{shown}").get(LIST).status_code == 401


def test_nobody_signs_in_as_a_system_and_it_gets_no_mail(world):
    made = a_token(world)
    address = f"systeme-{made.id}@invalid"
    answer = a_browser().post("/connexion/", {"email": address, "password": "!"})
    assert answer.status_code in (422, 401, 403)
    with as_role("runtime") as connection:
        token = world.coordinator.viewer.token
        connection.execute("SELECT set_config('app.token', %s, true)", [token])
        told = connection.execute(
            "SELECT referrals.recipients_of_unit(%s)", [world.gendarme.accession.unit_id]
        ).fetchall()
    with acting_as(world.cell_admin.viewer) as viewer:
        account = tokens_of(viewer).get().seat.account_id
    assert (account,) not in told
