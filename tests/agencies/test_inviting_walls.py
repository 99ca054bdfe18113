"""Who may invite whom, and who is the second person, as PostgreSQL alone keeps it."""

import psycopg
import pytest

from agencies.models import Invitation
from kernel.clock import now
from kernel.models import ScopeSession
from kernel.scope import acting_as
from tests.agencies.factories import a_cell, a_person, an_accession
from tests.agencies.inviting import CONFIRM, INSERT, a_proposal, as_page, invited_by, sent_by

pytestmark = pytest.mark.database


@pytest.mark.parametrize(
    ("role", "kind", "wanted", "state"),
    [
        ("cell_admin", "dsden", "auditor", "sent"),
        ("cell_admin", "gendarmerie", "agency_partner", "sent"),
        ("cell_admin", "school", "resource_team_member", "sent"),
        ("agency_lead", "prosecutor", "agency_partner", "sent"),
        ("cell_admin", "dsden", "prosecutor", "waiting"),
        ("cell_admin", "dsden", "platform_operator", "sent"),
        ("agency_lead", "gendarmerie", "cell_admin", "waiting"),
        ("agency_partner", "gendarmerie", "agency_partner", "sent"),
        ("school_head", "school", "school_head", "waiting"),
    ],
)
def test_the_database_refuses_what_nobody_may_offer(cell, role, kind, wanted, state):
    place = an_accession(cell, kind=kind)
    person = a_person(place, role)
    values = [cell.pk, place.pk, place.agency_id, [wanted], state, person.account_id]
    with as_page(person) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(INSERT, values)
    assert refused.value.sqlstate in ("42501", "23514")


def test_the_database_does_not_let_one_person_be_two(cell, admin_of, second_admin):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))
    for who in (admin_of.account_id, second_admin.account_id):
        with as_page(admin_of) as connection, pytest.raises(psycopg.Error) as refused:
            connection.execute(CONFIRM, [who, invitation.pk])
        assert refused.value.sqlstate in ("42501", "23514")


@pytest.mark.parametrize(
    "change",
    [
        "roles = '{cell_admin}'",
        "address = 'autre@essais.exemple'",
        "membership_id = gen_random_uuid()",
        "invited_by = gen_random_uuid()",
        "state = 'joined'",
    ],
)
def test_what_is_offered_does_not_change_on_the_way(cell, admin_of, change):
    invitation = sent_by(admin_of, a_proposal(an_accession(cell, kind="police")))
    with as_page(admin_of) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute(
            f"UPDATE agencies_invitation SET {change} WHERE id = %s", [invitation.pk]
        )
    assert refused.value.sqlstate == "42501"


def test_a_stale_factor_confirms_nothing_in_the_database_either(cell, admin_of, second_admin):
    invitation = invited_by(admin_of, a_proposal(an_accession(cell, kind="dsden"), "auditor"))
    with as_page(second_admin) as connection:
        sessions = ScopeSession.objects.using("signin").filter(account_id=second_admin.account_id)
        sessions.update(factor_at="2020-01-01T00:00:00Z")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(CONFIRM, [second_admin.account_id, invitation.pk])


def test_another_cell_sees_no_invitation(cell, admin_of):
    invitation = sent_by(admin_of, a_proposal(an_accession(cell, kind="police")))
    stranger = a_person(an_accession(a_cell(), kind="dsden"), "cell_admin")
    with acting_as(stranger.viewer()):
        assert not Invitation.objects.filter(pk=invitation.pk).exists()
    lead = a_person(an_accession(cell, kind="gendarmerie"), "agency_lead")
    with acting_as(lead.viewer()):
        assert not Invitation.objects.filter(pk=invitation.pk).exists()
    with acting_as(admin_of.viewer()):
        assert Invitation.objects.get(pk=invitation.pk).expires_at > now()
