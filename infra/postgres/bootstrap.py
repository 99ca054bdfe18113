"""Prepares an outside PostgreSQL 15 or newer: `python -m infra.postgres.bootstrap`.

Reads the variables of infra/env.example. REMPART_DB_ADMIN_USER and REMPART_DB_PASSWORD_ADMIN name
a superuser, which nothing but this command and the tests ever needs.
"""

import os
import sys
from collections.abc import Mapping

import psycopg

from infra.postgres.roles import ensure_database, ensure_roles, passwords_from

OLDEST = 150000


def bootstrap(environment: Mapping[str, str]) -> None:
    """Make or mend the roles and the database that the environment names."""
    with connect_as_admin(environment) as admin:
        if admin.info.server_version < OLDEST:
            raise SystemExit(
                f"Rempart needs PostgreSQL 15 or newer; {admin.info.host} runs "
                f"{admin.info.server_version // 10000}."
            )
        ensure_roles(admin, passwords_from(environment))
        ensure_database(admin, environment["REMPART_DB_NAME"])


def connect_as_admin(environment: Mapping[str, str]) -> psycopg.Connection:
    """A connection in autocommit with the rights to make roles and databases."""
    return psycopg.connect(
        host=environment["REMPART_DB_HOST"],
        port=environment["REMPART_DB_PORT"],
        user=environment["REMPART_DB_ADMIN_USER"],
        password=environment["REMPART_DB_PASSWORD_ADMIN"],
        sslmode=environment.get("REMPART_DB_SSLMODE", "prefer"),
        dbname="postgres",
        connect_timeout=5,
        autocommit=True,
    )


def main() -> None:
    """Prepare the server that the environment names, or say which variable is missing."""
    try:
        bootstrap(os.environ)
    except KeyError as missing:
        sys.exit(f"Set {missing.args[0]}; infra/env.example says what it is for.")
    except psycopg.OperationalError as error:
        sys.exit(f"The database server does not let us in: {error}")
    print("The roles and the database are ready. Next: ./manage.py migrate")


if __name__ == "__main__":
    main()
