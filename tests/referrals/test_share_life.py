"""The life of a share after its acceptance: renewed with a reason, announced once, ended."""

import re
from datetime import date, timedelta

import pytest
from django.urls import reverse

from agencies.services.end_membership import end_membership
from kernel.errors import Conflict, Invalid, NotAllowed, WrongState
from kernel.live.announce import last_seq
from kernel.live.rooms import may_watch
from kernel.scope import acting_as
from referrals.casefile.cases import scope_now
from referrals.compartments import Compartment, scope_of
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.models import Case, Share
from referrals.models.access import Level
from referrals.models.history import FeedbackCode
from referrals.models.share import LegalBasis, Purpose, RenewalReason
from referrals.sharing.services import answer
from referrals.sharing.services.propose import propose
from referrals.sharing.services.renew import renew
from referrals.sharing.templates import TEMPLATES, templates_for
from referrals.tasks import announce_endings
from tests.agencies.factories import OPERATOR, a_person
from tests.referrals.test_expiry import sees
from tests.support.at_once import held
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.secrecy import secret_offer
from tests.support.walls import injected, refusal
from tests.support.world import in_days

pytestmark = pytest.mark.database
C = Compartment
FOLLOW_UP = RenewalReason.FOLLOW_UP


def prolonged(seat, share_id, until: date, **options):
    with acting_as(seat.viewer) as viewer:
        return renew(viewer, share_id, until=until, reason=FOLLOW_UP, **options)


def owed(share_kind: str, case_id) -> list:
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT recipient FROM kernel_outbox WHERE kind = %s AND subject_id = %s"
            " AND channel = 'email'",
            [share_kind, case_id],
        ).fetchall()


def set_in_the_past(share_id, **columns) -> None:
    """Move moments of a share, as an administrator of the machine could."""
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        for column, value in columns.items():
            connection.execute(
                f"UPDATE referrals_share SET {column} = now() + %s WHERE id = %s",
                [value, share_id],
            )


def test_a_renewal_moves_the_end_and_nothing_else(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, C.FACTS, until=in_days(10))
    before = sees(world.gendarme, case_id)
    share = prolonged(world.coordinator, share_id, in_days(60))
    assert (share.renewals, share.renewal_reason) == (1, "follow_up")
    assert sees(world.gendarme, case_id) == before == {"facts"}
    with admin(database_name()) as connection:
        ((until, items),) = connection.execute(
            "SELECT valid_until, items_until < now() FROM referrals_grant WHERE share_id = %s",
            [share_id],
        ).fetchall()
        assert connection.execute("SELECT count(*) FROM referrals.drift()").fetchone() == (0,)
    assert (until, items) == (share.expires_at, True)
    assert owed("share.renewed", case_id) == [(world.gendarme.person.account_id,)]
    page = world.coordinator.browser.get(reverse("referrals:case", args=[case_id])).text
    assert "Partage prolongé" in page


def test_a_renewal_is_refused_to_others_too_late_and_for_no_longer(world):
    case_id = world.activated()
    share_id = world.shared(case_id, world.gendarme, C.FACTS, until=in_days(10))
    for until in (in_days(10), in_days(3), in_days(400)):
        with pytest.raises(Invalid):
            prolonged(world.coordinator, share_id, until)
    with pytest.raises(NotAllowed):
        prolonged(world.gendarme, share_id, in_days(30))
    whoever_works_on_it = (
        "SELECT 1 FROM referrals_case c JOIN referrals_share s ON s.case_id = c.id"
        " WHERE s.id = %s FOR UPDATE"
    )
    with held(whoever_works_on_it, share_id):
        page = world.coordinator.browser.get(reverse("referrals:renew_share", args=[share_id]))
        assert page.status_code == 200
    with pytest.raises(Conflict):
        prolonged(world.coordinator, share_id, in_days(30), version=1)
    call = "SELECT referrals.renew_share(%s, now() + %s::interval, 'follow_up', 2)"
    for who, lasts, answers in [
        ("coordinator", "400 days", "23514"),
        ("coordinator", "1 day", "23514"),
        ("gendarme", "30 days", "42501"),
        ("prosecutor", "30 days", "42501"),
        ("coordinator", "30 days", "1 rows"),
    ]:
        with injected(world.everybody()[who]) as connection:
            assert refusal(connection, call, share_id, lasts) == answers, (who, lasts)
    offer = world.proposed(case_id, world.police)
    with pytest.raises(WrongState):
        prolonged(world.coordinator, offer, in_days(60))
    set_in_the_past(share_id, starts_at=timedelta(days=-9), expires_at=timedelta(seconds=-1))
    with pytest.raises(WrongState):
        prolonged(world.coordinator, share_id, in_days(60))


def test_both_sides_are_told_once_a_week_ahead(world):
    case_id = world.activated()
    assert world.pilot.viewer
    share_id = world.shared(case_id, world.gendarme, C.FACTS, until=in_days(20))
    short = world.shared(case_id, world.police, C.FACTS, until=in_days(3))
    with acting_as(world.coordinator.viewer):
        share = Share.objects.get(pk=share_id)
        assert share.remind_at == share.expires_at - timedelta(days=7)
        assert Share.objects.get(pk=short).remind_at is None
    announce_endings()
    assert owed("share.ending", case_id) == []
    # A missed beat delays and never skips; two beats say it once.
    set_in_the_past(share_id, remind_at=timedelta(days=-2))
    assert announce_endings() >= 1
    announce_endings()
    told = {world.coordinator.person.account_id, world.gendarme.person.account_id}
    assert {account for (account,) in owed("share.ending", case_id)} == told
    assert len(owed("share.ending", case_id)) == len(told)
    # A renewal asks for a reminder of its own; a share that has ended meanwhile for none.
    share = prolonged(world.coordinator, share_id, in_days(60))
    assert share.remind_at == share.expires_at - timedelta(days=7)
    over = {"starts_at": timedelta(days=-9), "expires_at": timedelta(seconds=-1)}
    set_in_the_past(share_id, remind_at=timedelta(days=-1), **over)
    announce_endings()
    assert len(owed("share.ending", case_id)) == len(told)


def test_what_is_secret_goes_between_those_bound_by_secrecy(world):
    case_id = world.activated()
    bound = a_person(world.coordinator.accession, "cell_coordinator", bound_by_secrecy=True)

    def offered(viewer, to):
        return secret_offer(viewer, case_id, to, level=Level.CONTRIBUTE)

    assert world.gendarme.viewer
    with pytest.raises(Invalid), acting_as(bound.viewer()) as viewer:
        offered(viewer, world.gendarme)
    officer = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    with pytest.raises(Invalid), acting_as(world.coordinator.viewer) as viewer:
        offered(viewer, world.gendarme)
    with acting_as(bound.viewer()) as viewer:
        share_id = offered(viewer, world.gendarme)
    with acting_as(officer.viewer()) as viewer:
        answer.accept(viewer, share_id)
    with injected(world.gendarme) as connection:
        seen = "SELECT referrals.scope_now(%s)"
        assert connection.execute(seen, [case_id]).fetchone() == (0,)
    with acting_as(officer.viewer()):
        assert scope_now(Case.objects.get(pk=case_id)) == scope_of([C.HEALTH_SOCIAL])
    end_membership(OPERATOR, membership_id=officer.seat_id)


def test_each_kind_of_agency_has_its_templates_smallest_first():
    for kind, found in TEMPLATES.items():
        sizes = [template.scope.bit_count() for template in found if not template.scope & 32]
        assert sizes[0] == 0, kind
        assert sizes[1] == 1, kind
    everything = scope_of(Compartment)
    for template in templates_for("victim_support", everything):
        assert not template.scope & C.IDENTITY_PRESUMED.mask
    for kind in TEMPLATES:
        for template in templates_for(kind, everything):
            assert not template.scope & C.JUDICIAL.mask
        assert all(not t.scope & C.HEALTH_SOCIAL.mask for t in templates_for(kind, ~32))


def test_the_form_begins_with_the_smallest_part_that_helps(world):
    case_id = world.activated()
    address = reverse("referrals:share", args=[case_id])
    browser = world.coordinator.browser
    page = browser.get(address, {"service": str(world.gendarme.accession_id)}).text
    ticked = re.findall(r'name="share-compartments" value="(\w+)"[^>]*checked', page)
    assert ticked == ["facts"]
    assert "error-summary" not in browser.get(address).text
    assert "error-summary" in browser.get(address, {"service": ""}).text
    page = browser.get(address, {"service": str(world.victim_support.accession_id)}).text
    assert "identity_presumed" not in page
    assert "health_social" not in page
    assert browser.get(address, {"service": str(world.prefecture.accession_id)}).text.count(
        "Continuer"
    )


def test_a_stub_says_that_there_is_a_case_and_who_follows_it(world):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        share_id = propose(
            viewer,
            case_id,
            to_accession=world.police.accession_id,
            compartments=(),
            purpose=Purpose.PROTECTION,
            legal_basis=LegalBasis.PROTOCOL,
            level=Level.STUB,
        ).pk
    world.police.browser.post(reverse("referrals:accept_share", args=[share_id]))
    with acting_as(world.coordinator.viewer) as viewer:
        case = Case.objects.get(pk=case_id)
    told = [case.school_name, case.school_commune, "Haute", "Cellule activée", "Insultes"]
    page = world.police.browser.get(reverse("referrals:case", args=[case_id])).text
    assert case.reference in page
    assert world.coordinator.accession.agency.name in page
    listed = world.police.browser.get(reverse("referrals:cases")).text
    assert case.reference in listed
    active = world.police.browser.get(reverse("referrals:cases"), {"etat": "living"}).text
    assert case.reference not in active
    api = world.police.browser.get(f"/api/v1/referrals/{case_id}/")
    assert set(api.json()) == {"id", "reference", "level", "shares", "requests"}
    lines = world.police.browser.get("/api/v1/referrals/").json()["results"]
    assert lines == [{"id": str(case_id), "reference": case.reference, "level": "stub"}]
    for word in told:
        assert word not in page, word
        assert word not in api.text, word
        assert word not in listed, word
    # Neither in the page nor by a socket of theirs: how often it changes, and when.
    assert f"case:{case_id}" not in page
    with acting_as(world.police.viewer) as viewer:
        assert not may_watch(viewer, f"case:{case_id}")
        queue = f"unit:{world.police.accession.unit_id}"
        before = last_seq(queue)
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.TAKEN)
    with acting_as(world.police.viewer):
        assert last_seq(queue) == before
    why = world.police.browser.get(reverse("referrals:why", args=[case_id])).text
    asked = f"/api/v1/referrals/{case_id}/explain/"
    explained = world.police.browser.post(asked, "{}", "application/json")
    assert not explained.json()["acts"]
    assert "Passer au plan de mesures" not in why
    with injected(world.police) as connection:
        story = connection.execute("SELECT count(*) FROM referrals_milestone").fetchone()
        assert story == (0,)


def test_later_things_follow_only_where_that_was_chosen_and_a_renewal_chooses_nothing(world):
    case_id = world.activated()
    until = {"until": in_days(10)}
    without = world.shared(case_id, world.gendarme, C.FACTS, C.FEEDBACK, **until)
    world.shared(case_id, world.police, C.FACTS, C.FEEDBACK, include_future=True, **until)
    prolonged(world.coordinator, without, in_days(60))
    with acting_as(world.coordinator.viewer) as viewer:
        give_feedback(viewer, case_id, code=FeedbackCode.MEASURES)
    for seat, told in ((world.gendarme, 0), (world.police, 1)):
        opened = seat.browser.get(f"/api/v1/referrals/{case_id}/").json()
        assert "feedback" in opened["compartments"]
        assert len(opened["feedbacks"]) == told
        page = seat.browser.get(reverse("referrals:case", args=[case_id])).text
        assert ("Mesures mises en œuvre" in page) == bool(told)
        with injected(seat) as connection:
            found = connection.execute("SELECT count(*) FROM referrals_feedback").fetchone()
            assert found == (told,)
