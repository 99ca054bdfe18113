"""Each database role sees its own part of who exists, and no cell sees another's people."""

import psycopg
import pytest
from django.db import transaction

from agencies.models import Accession, Agency, Cell, Membership
from agencies.row_security import ROW_SECURITY_EXCUSES
from kernel.scope import acting_as
from tests.agencies.factories import a_cell, a_person, an_accession
from tests.support.database import as_role

CREDENTIALS = ["agencies_account", "agencies_attempt", "otp_totp_totpdevice", "django_session"]
TENANT = ["agencies_cell", "agencies_accession", "agencies_membership"]


def refused(role, sql):
    """Whether this role is refused this statement for want of a right."""
    with as_role(role) as connection:
        try:
            connection.execute(sql)
        except psycopg.errors.InsufficientPrivilege:
            return True
        finally:
            connection.rollback()
    return False


def count(role, table):
    with as_role(role) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


@pytest.mark.parametrize("table", [*CREDENTIALS, "kernel_session", "kernel_seat"])
@pytest.mark.parametrize("role", ["runtime", "worker", "sealer", "auditor"])
def test_credentials_and_sessions_are_out_of_reach(role, table, gendarme):
    assert refused(role, f"SELECT * FROM {table}")
    assert refused(role, f"DELETE FROM {table}")


def test_the_worker_knows_an_address_to_write_to_and_no_more(gendarme):
    with as_role("worker") as connection:
        row = connection.execute(
            "SELECT email FROM agencies_account WHERE id = %s", [gendarme.account_id]
        ).fetchone()
    assert row == (gendarme.email,)
    assert refused("worker", "SELECT password FROM agencies_account")
    assert refused("worker", "SELECT display_name FROM agencies_account")


@pytest.mark.parametrize("table", TENANT)
def test_without_a_session_the_tenant_tables_are_empty(table, gendarme):
    assert count("runtime", table) == 0
    assert count("operator", table) > 0


@pytest.mark.parametrize("table", [*TENANT, *ROW_SECURITY_EXCUSES])
def test_no_page_writes_who_exists(table):
    assert refused("runtime", f"DELETE FROM {table}")
    assert refused("runtime", f"INSERT INTO {table} DEFAULT VALUES")
    assert refused("runtime", f"TRUNCATE {table}")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE agencies_agency SET name = 'x'",
        "UPDATE agencies_school SET state = 'closed'",
        "UPDATE agencies_membership SET roles = '{prosecutor}'",
        "UPDATE agencies_accession SET signatory = 'x'",
        "UPDATE agencies_cell SET name = 'x'",
        "SELECT agencies.reseat('{}')",
        "DROP TABLE agencies_cell",
        "ALTER TABLE agencies_account NO FORCE ROW LEVEL SECURITY",
    ],
)
def test_an_injected_statement_changes_nobody(sql):
    assert refused("runtime", sql)


@pytest.mark.parametrize(
    "table", ["referrals_referral", "audit_entry", "kernel_period_key", "meetings_meeting"]
)
def test_the_operator_reads_no_case(table):
    with as_role("operator") as connection:
        known = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()[0]
    assert known is None or refused("operator", f"SELECT * FROM {table}")


def test_the_operator_deletes_nobody():
    for table in [*TENANT, "agencies_account", "agencies_agency"]:
        assert refused("operator", f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "change",
    [
        "key = repeat('0', 40)",
        "confirmed = false",
        "tolerance = 100",
        "last_t = -1",
        "user_id = (SELECT id FROM agencies_account WHERE id <> user_id LIMIT 1)",
    ],
)
def test_the_sign_in_role_cannot_change_whose_device_it_is(gendarme, change):
    device = gendarme.device.pk
    with as_role("signin") as connection:
        connection.execute("UPDATE otp_totp_totpdevice SET last_t = 5 WHERE id = %s", [device])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(f"UPDATE otp_totp_totpdevice SET {change} WHERE id = %s", [device])


def test_the_sign_in_role_neither_makes_nor_switches_on_an_account():
    assert refused("signin", "UPDATE agencies_account SET is_active = true")
    assert refused("signin", "UPDATE agencies_account SET email = 'x'")
    assert refused("signin", "INSERT INTO agencies_account (id) VALUES (gen_random_uuid())")
    assert refused("signin", "SELECT * FROM agencies_membership")


def test_people_and_agencies_of_another_cell_do_not_exist(cell, coordinator):
    other = a_cell()
    stranger = a_person(an_accession(other, kind="dsden"), "cell_coordinator")
    with acting_as(coordinator.viewer()):
        assert list(Cell.objects.values_list("pk", flat=True)) == [cell.pk]
        assert set(Membership.objects.values_list("cell_id", flat=True)) == {cell.pk}
        assert set(Accession.objects.values_list("cell_id", flat=True)) == {cell.pk}
        assert not Membership.objects.filter(pk=stranger.seat_id).exists()
        assert Agency.objects.filter(pk=stranger.memberships[0].agency_id).exists()
    with acting_as(stranger.viewer()):
        assert set(Membership.objects.values_list("cell_id", flat=True)) == {other.pk}


def test_an_injected_setting_opens_nothing(coordinator):
    with transaction.atomic(), as_role("runtime") as connection:
        for name in ("app.cell_id", "app.token", "app.units", "agencies.source"):
            connection.execute("SELECT set_config(%s, '1', false)", [name])
        assert connection.execute("SELECT count(*) FROM agencies_membership").fetchone() == (0,)


def test_a_page_can_end_only_the_session_whose_token_it_has(gendarme, coordinator):
    mine, theirs = gendarme.viewer(), coordinator.viewer()
    with as_role("runtime") as connection:
        connection.execute("SELECT agencies.end_session(%s)", [mine.token])
        connection.execute("SELECT agencies.end_session('')")
        connection.execute("SELECT agencies.end_session(NULL)")
        connection.commit()
    with acting_as(theirs):
        pass
