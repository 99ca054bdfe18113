"""Migration operations for row security, grants and guarded functions.

Every policy is one expression without a per-row subquery: the session is resolved once per
statement. USING and WITH CHECK are always written, for each command that is granted.
"""

from collections.abc import Sequence

from django.db.migrations import RunSQL

CELL = "cell_id = (SELECT kernel.session_cell())"
UNITS = "(SELECT kernel.session_units())"
RUNTIME = "rempart_runtime"
MAINTENANCE = "rempart_maintenance"


def has_role(role: str) -> str:
    """SQL that is true when the session's seat holds the role."""
    return f"(SELECT kernel.session_has('{role}'))"


class ScopeTable(RunSQL):
    """Put a table under forced row security with one policy per command for the runtime role.

    ``read``, ``insert``, ``update`` and ``delete`` are SQL expressions; a command without one is
    refused by the absence of both policy and grant. ``columns`` narrows the granted columns of
    INSERT and UPDATE, so that the runtime role cannot write what triggers maintain.
    """

    def __init__(
        self,
        table: str,
        *,
        read: str | None = None,
        insert: str | None = None,
        update: str | None = None,
        delete: str | None = None,
        insert_columns: Sequence[str] = (),
        update_columns: Sequence[str] = (),
        role: str = RUNTIME,
    ) -> None:
        wanted = {"SELECT": read, "INSERT": insert, "UPDATE": update, "DELETE": delete}
        columns = {"INSERT": insert_columns, "UPDATE": update_columns}
        sql = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
        ]
        for command, expression in wanted.items():
            if expression is not None:
                sql += _policy(table, command, expression, role, columns.get(command, ()))
        super().__init__("\n".join(sql), RunSQL.noop)


class AllowRole(RunSQL):
    """Give one more role its own policies on a table that is already under row security."""

    def __init__(
        self,
        table: str,
        role: str,
        commands: Sequence[str] = ("SELECT",),
        expression: str = "true",
        columns: Sequence[str] = (),
    ) -> None:
        sql: list[str] = []
        for command in commands:
            sql += _policy(table, command, expression, role, columns)
        super().__init__("\n".join(sql), RunSQL.noop)


class MayOwe(RunSQL):
    """Let pages owe notices of these kinds: to people of the cell, and never to who acts.

    ``to`` and ``channels`` say otherwise for a letter to somebody who has no account.
    """

    def __init__(
        self,
        name: str,
        kinds: Sequence[str],
        *,
        to: str = "kernel.may_tell(recipient)",
        channels: Sequence[str] = ("inbox", "email"),
    ) -> None:
        super().__init__(
            f"CREATE POLICY runtime_owes_{name} ON kernel_outbox FOR INSERT TO {RUNTIME}"
            f" WITH CHECK ({CELL} AND kind IN ({_listed(kinds)}) AND channel IN"
            f" ({_listed(channels)}) AND attempts = 0 AND last_error = '' AND {to});",
            f"DROP POLICY runtime_owes_{name} ON kernel_outbox;",
        )


class MayHear(RunSQL):
    """Let a session read what is written of these rooms of its cell: those that it may enter."""

    def __init__(self, name: str, rooms: str) -> None:
        super().__init__(
            f"CREATE POLICY runtime_hears_{name} ON kernel_live_event FOR SELECT TO {RUNTIME}"
            f" USING ({CELL} AND ({rooms}));",
            f"DROP POLICY runtime_hears_{name} ON kernel_live_event;",
        )


class Grant(RunSQL):
    """Plain grant, for tables that carry an excuse in the row security catalogue."""

    def __init__(
        self, table: str, role: str, commands: Sequence[str], columns: Sequence[str] = ()
    ) -> None:
        sql = [_grant(table, command, role, columns) for command in commands]
        super().__init__("\n".join(sql), RunSQL.noop)


class MaintenanceFunction(RunSQL):
    """A SECURITY DEFINER function that belongs to the maintenance role and to nobody by default.

    ``body`` is the whole CREATE FUNCTION statement, ``signature`` its name with argument types.
    """

    def __init__(self, signature: str, body: str, *, execute_by: Sequence[str] = ()) -> None:
        sql = [
            body.rstrip().rstrip(";") + ";",
            f"ALTER FUNCTION {signature} OWNER TO {MAINTENANCE};",
            f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC;",
        ]
        sql += [f"GRANT EXECUTE ON FUNCTION {signature} TO {role};" for role in execute_by]
        super().__init__("\n".join(sql), RunSQL.noop)


class SayAnew(RunSQL):
    """A function as it says now. Whose it is and who may call it stays as it was."""

    def __init__(self, body: str) -> None:
        super().__init__(f"{said_anew(body).rstrip()};", RunSQL.noop)


def said_anew(body: str) -> str:
    """A whole CREATE FUNCTION statement as one that replaces what is there."""
    return body.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


def _listed(codes: Sequence[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _grant(table: str, command: str, role: str, columns: Sequence[str]) -> str:
    listed = f" ({', '.join(columns)})" if columns else ""
    return f"GRANT {command}{listed} ON {table} TO {role};"


def _policy(
    table: str, command: str, expression: str, role: str, columns: Sequence[str]
) -> list[str]:
    name = f"{role.removeprefix('rempart_')}_{command.lower()}"
    using = "" if command == "INSERT" else f" USING ({expression})"
    check = f" WITH CHECK ({expression})" if command in ("INSERT", "UPDATE") else ""
    return [
        f"CREATE POLICY {name} ON {table} FOR {command} TO {role}{using}{check};",
        _grant(table, command, role, columns),
    ]
