"""The roles that every promise of the database rests on. PostgreSQL 15 or newer.

Everything here can be run again at any time: it makes what is missing and leads what is there
back to what it should be.
"""

from collections.abc import Mapping
from typing import Final

import psycopg
from psycopg import sql

MAINTENANCE: Final = "rempart_maintenance"
OWNER: Final = "rempart_owner"
# Role, and the last word of the environment variable that holds its password.
LOGINS: Final[Mapping[str, str]] = {
    OWNER: "OWNER",
    "rempart_runtime": "RUNTIME",
    "rempart_signin": "SIGNIN",
    "rempart_operator": "OPERATOR",
    "rempart_worker": "WORKER",
    "rempart_sealer": "SEALER",
    "rempart_auditor": "AUDITOR",
    "rempart_keeper": "KEEPER",
}
PLAIN = "NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION"


def passwords_from(environment: Mapping[str, str]) -> dict[str, str]:
    """Each login role's password, out of the variables that the settings read too."""
    return {role: environment[f"REMPART_DB_PASSWORD_{word}"] for role, word in LOGINS.items()}


UNSEEN = {"track_activities": "off", "log_min_error_statement": "panic"}


def ensure_roles(admin: psycopg.Connection, passwords: Mapping[str, str]) -> None:
    """Make or mend every role. Only the maintenance role, which cannot log in, passes row security.

    The owner is a member of the maintenance role so that a migration can hand a function over to
    it; being a member does not let anybody past row security.
    """
    with admin.transaction():
        existing = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles")}
        for role in (MAINTENANCE, *LOGINS):
            if role not in existing:
                admin.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
        admin.execute(
            sql.SQL(f"ALTER ROLE {{}} {PLAIN} NOLOGIN BYPASSRLS").format(
                sql.Identifier(MAINTENANCE)
            )
        )
        for role in LOGINS:
            admin.execute(
                sql.SQL(f"ALTER ROLE {{}} {PLAIN} LOGIN NOBYPASSRLS PASSWORD {{}}").format(
                    sql.Identifier(role), sql.Literal(_verifier(admin, role, passwords[role]))
                )
            )
            # What a session runs holds the token that binds it: neither other sessions of the
            # same role nor the server's log may show it.
            for setting, value in (
                ("track_activities", "off"),
                ("log_min_error_statement", "panic"),
            ):
                admin.execute(
                    sql.SQL("ALTER ROLE {} SET {} = {}").format(
                        sql.Identifier(role), sql.Identifier(setting), sql.Literal(value)
                    )
                )
        admin.execute(
            sql.SQL("GRANT {} TO {}").format(sql.Identifier(MAINTENANCE), sql.Identifier(OWNER))
        )


def ensure_database(admin: psycopg.Connection, name: str) -> None:
    """Make the database, owned by the owner and closed to every role that is not ours.

    The connection has to be in autocommit: a database is not made inside a transaction.
    """
    database, owner = sql.Identifier(name), sql.Identifier(OWNER)
    found = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if found is None:
        admin.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
                database, owner
            )
        )
    else:
        admin.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(database, owner))
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    admin.execute(
        sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(
            database, sql.SQL(", ").join(map(sql.Identifier, LOGINS))
        )
    )
    # The operator reads the directory into a temporary table first.
    admin.execute(sql.SQL("GRANT TEMPORARY ON DATABASE {} TO rempart_operator").format(database))
    admin.execute(
        sql.SQL("GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {} TO {}").format(database, owner)
    )


def _verifier(admin: psycopg.Connection, role: str, password: str) -> str:
    """What PostgreSQL stores of a password, so that the password itself reaches no log."""
    made = admin.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    return made.decode()
