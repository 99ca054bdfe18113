"""A session's token is in the text of its statements: nobody else may read that text."""

import pytest

from tests.support.database import admin, as_role

pytestmark = pytest.mark.database
MARK = "a-token-that-nobody-else-may-read"


@pytest.fixture
def roles_as_installed(database):
    """The roles with the settings that the installation gives them."""
    from infra.postgres.roles import LOGINS, UNSEEN

    with admin() as connection:
        settings = dict(
            connection.execute(
                "SELECT rolname, rolconfig FROM pg_roles WHERE rolname LIKE 'rempart\\_%'"
            ).fetchall()
        )
    if any(settings[role] is None for role in LOGINS):
        pytest.skip("SKIPPED: these roles were not made by infra.postgres.bootstrap")
    return UNSEEN


def test_another_session_of_the_same_role_cannot_read_a_token(roles_as_installed):
    with as_role("runtime") as victim, as_role("runtime") as thief:
        victim.execute(f"SELECT set_config('app.token', '{MARK}', true)")
        seen = thief.execute("SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity")
        assert MARK not in seen.fetchone()[0].replace(f"%{MARK}%", "")


def test_no_login_shows_or_logs_its_statements(roles_as_installed):
    with admin() as connection:
        for role, settings in connection.execute(
            "SELECT rolname, rolconfig FROM pg_roles WHERE rolcanlogin"
            " AND rolname LIKE 'rempart\\_%' AND rolname <> 'rempart_admin'"
        ).fetchall():
            for name, value in roles_as_installed.items():
                assert f"{name}={value}" in settings, role
