"""Every table, view and function is under row security, or excused with a reason."""

import pytest

from agencies.row_security import ROW_SECURITY_EXCUSES
from tests.support.database import admin, as_role

pytestmark = pytest.mark.database

DJANGO_OWN = {
    "django_migrations": "Django's list of migrations; only the owner reads it.",
    "django_content_type": "Names of models; nobody but the owner has a right on it.",
    "auth_group": "Unused by us; nobody but the owner has a right on it.",
    "auth_group_permissions": "Unused by us; nobody but the owner has a right on it.",
    "auth_permission": "Unused by us; nobody but the owner has a right on it.",
    "django_session": "Sessions under hashed keys; only the sign-in role has a right on it.",
    "otp_totp_totpdevice": "Second factors; only sign-in and operator roles have a right on it.",
}
EXCUSED = {**DJANGO_OWN, **ROW_SECURITY_EXCUSES}
OWNED_OTHERWISE = {
    "audit.make_partitions": (
        "rempart_owner",
        "Only the owner of a partitioned table can add a partition; the function takes a count.",
    ),
    "audit.drop_empty": (
        "rempart_owner",
        "Only the owner of a partition drops it; the function asks whether it is empty.",
    ),
}
OUR_SCHEMAS = ("public", "kernel", "agencies", "referrals", "meetings", "audit")
ROLES = ("runtime", "signin", "operator", "worker", "sealer", "auditor", "keeper")


@pytest.fixture(scope="module")
def catalogue(database):
    from django.conf import settings

    with admin(settings.DATABASES["default"]["NAME"]) as connection:
        yield connection


def tables(catalogue):
    return catalogue.execute(
        "SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY (%s) AND c.relkind IN ('r', 'p') ORDER BY 1",
        [list(OUR_SCHEMAS)],
    ).fetchall()


def test_every_table_is_under_forced_row_security_or_excused(catalogue):
    open_tables = {name for name, enabled, forced in tables(catalogue) if not (enabled and forced)}
    assert open_tables - set(EXCUSED) == set()


def test_no_excuse_outlives_its_table(catalogue):
    assert set(EXCUSED) - {name for name, _enabled, _forced in tables(catalogue)} == set()


def test_every_excuse_has_a_reason():
    assert all(len(reason) > 20 for reason in EXCUSED.values())


def test_the_runtime_role_has_no_right_on_sign_in_tables(catalogue):
    for table in (
        "django_session",
        "otp_totp_totpdevice",
        "django_otp_webauthn_webauthncredential",
        "django_otp_webauthn_webauthnattestation",
        "django_otp_webauthn_webauthnuserhandle",
        "agencies_backup_sheet",
        "agencies_backup_code",
        "agencies_ceremony",
        "kernel_session",
        "kernel_seat",
    ):
        for right in ("SELECT", "INSERT", "UPDATE", "DELETE"):
            assert not _may(catalogue, "rempart_runtime", table, right), (table, right)
    assert not _may(catalogue, "rempart_runtime", "agencies_account", "SELECT")


def _may(catalogue, role, table, right):
    return catalogue.execute(
        "SELECT has_table_privilege(%s, %s, %s) OR has_any_column_privilege(%s, %s, %s)"
        if right != "DELETE"
        else "SELECT has_table_privilege(%s, %s, %s)",
        [role, table, right] * (2 if right != "DELETE" else 1),
    ).fetchone()[0]


def test_every_policy_that_writes_checks_what_it_writes(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, policyname FROM pg_policies"
        " WHERE cmd IN ('INSERT', 'UPDATE', 'ALL') AND with_check IS NULL"
    ).fetchall()
    assert rows == []


def test_no_policy_is_for_everybody(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, policyname FROM pg_policies WHERE roles = '{public}'"
    ).fetchall()
    assert rows == []


def test_a_right_of_the_runtime_role_always_has_a_policy(catalogue):
    """A granted command without a policy would silently do nothing; one without a grant is dead."""
    for name, enabled, _forced in tables(catalogue):
        if not enabled:
            continue
        commands = {
            command
            for (command,) in catalogue.execute(
                "SELECT cmd FROM pg_policies"
                " WHERE tablename = %s AND 'rempart_runtime' = ANY (roles)",
                [name],
            ).fetchall()
        }
        granted = {
            right
            for right in ("SELECT", "INSERT", "UPDATE", "DELETE")
            if _may(catalogue, "rempart_runtime", name, right)
        }
        assert granted == commands, name


def test_tenant_policies_of_the_runtime_role_name_the_cell(catalogue):
    rows = catalogue.execute(
        "SELECT tablename, policyname, coalesce(qual, with_check) FROM pg_policies"
        # One that is restrictive opens nothing.
        " WHERE 'rempart_runtime' = ANY (roles) AND permissive = 'PERMISSIVE'"
    ).fetchall()
    assert rows
    for table, policy, expression in rows:
        assert "session_cell" in expression, (table, policy)


def test_the_runtime_role_cannot_write_who_sees_what(catalogue):
    for table, column in [
        ("referrals_case", "viewers"),
        ("referrals_case", "editors"),
        ("referrals_case", "recheck_at"),
        ("referrals_case", "owner_unit"),
        ("referrals_compartment", "viewers"),
        ("referrals_party", "viewers"),
        ("referrals_measure", "viewers"),
        ("referrals_share", "scope"),
        ("referrals_share", "expires_at"),
    ]:
        may = catalogue.execute(
            "SELECT has_column_privilege('rempart_runtime', %s, %s, 'UPDATE')", [table, column]
        ).fetchone()[0]
        assert not may, (table, column)
    for table in ("referrals_grant", "referrals_case_access"):
        for right in ("INSERT", "UPDATE", "DELETE"):
            assert not _may(catalogue, "rempart_runtime", table, right), (table, right)


def test_guarded_functions_belong_to_maintenance_and_pin_their_search_path(catalogue):
    rows = catalogue.execute(
        "SELECT n.nspname || '.' || p.proname, pg_get_userbyid(p.proowner), p.proconfig,"
        " p.prosecdef, has_function_privilege('public', p.oid, 'EXECUTE')"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname = ANY (%s)"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')",
        [list(OUR_SCHEMAS)],
    ).fetchall()
    assert rows
    for name, owner, config, definer, public in rows:
        if definer:
            assert owner == OWNED_OTHERWISE.get(name, ("rempart_maintenance",))[0], name
            assert any(item.startswith("search_path=") for item in config or []), name
            assert not public, f"{name} can be called by everybody"


def test_views_answer_with_the_rights_of_who_asks(catalogue):
    rows = catalogue.execute(
        "SELECT c.relname, c.relkind, coalesce(array_to_string(c.reloptions, ','), '')"
        " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = ANY (%s) AND c.relkind IN ('v', 'm')",
        [list(OUR_SCHEMAS)],
    ).fetchall()
    for name, kind, options in rows:
        assert kind == "v", f"{name} is a materialised view"
        assert "security_invoker=true" in options.replace("on", "true"), name


@pytest.mark.parametrize("role", ROLES)
def test_no_login_role_can_step_over_row_security(catalogue, role):
    row = catalogue.execute(
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb FROM pg_roles"
        " WHERE rolname = %s",
        [f"rempart_{role}"],
    ).fetchone()
    assert row == (False, False, False, False)
    owned = catalogue.execute(
        "SELECT count(*) FROM pg_class WHERE relowner = %s::regrole", [f"rempart_{role}"]
    ).fetchone()[0]
    assert owned == 0
    with as_role(role) as connection:
        for statement in (
            "CREATE TABLE public.x (a int)",
            "ALTER TABLE referrals_case DISABLE ROW LEVEL SECURITY",
            "TRUNCATE referrals_case",
            "SET ROLE rempart_maintenance",
            "SET ROLE rempart_owner",
        ):
            with pytest.raises(Exception, match=r"permission denied|must be owner"):
                connection.execute(statement)
            connection.rollback()


def test_without_a_session_there_is_nothing(catalogue):
    with as_role("runtime") as connection:
        for name, enabled, _forced in tables(catalogue):
            if enabled and _may(catalogue, "rempart_runtime", name, "SELECT"):
                assert connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] == 0, name


def test_an_invented_setting_opens_nothing(catalogue):
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', 'invented', true)")
        connection.execute("SELECT set_config('app.units', '{1,2,3,4,5,6,7,8,9}', true)")
        assert connection.execute("SELECT count(*) FROM referrals_case").fetchone()[0] == 0
        assert connection.execute("SELECT kernel.session_units()").fetchone()[0] is None
