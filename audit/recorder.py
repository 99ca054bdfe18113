"""Writes entries. Never wrapped in ``try``: what cannot be recorded does not happen."""

from collections.abc import Iterable
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from audit import payload
from audit.leaf import NOBODY
from audit.registry import EventKind
from kernel.ids import uuid7
from kernel.statements import Statement, send
from kernel.viewer import Viewer

_ENTRY = "(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
_INTO = """
INSERT INTO audit_entry
    (cell_id, kind, outcome, actor, seat, agency, case_id, subject_id, request, payload)
VALUES """
_INSERT = _INTO + _ENTRY
_SIGNIN = "signin."

Row = list[int | str | bytes | UUID | None]


def record(
    kind: EventKind,
    *,
    viewer: Viewer,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: object,
) -> None:
    """Write down that something happened, in the transaction that makes it happen.

    There is no quiet failure: if the entry cannot be written, the change it describes is undone.
    RuntimeError outside a transaction; ValueError for facts that the kind does not take or that
    look like free text.
    """
    if not connections[DEFAULT_DB_ALIAS].in_atomic_block:
        raise RuntimeError("An entry belongs inside the transaction that it describes.")
    content = payload.encode(viewer.channel, kind.checked(facts))
    _write(DEFAULT_DB_ALIAS, kind, "done", viewer, case_id, subject_id, content)


def record_refused(
    kind: EventKind,
    *,
    viewer: Viewer,
    code: str,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: object,
) -> None:
    """Write down that something was refused, on a connection of its own.

    The act is rolled back; its refusal stays. The facts are those of the kind, or none when the
    act was refused before they were known.
    """
    content = payload.encode(viewer.channel, kind.checked(facts) if facts else {}, code=code)
    with transaction.atomic(using="side"):
        # Only the token: resolving the viewer again could wait for the very transaction that is
        # being refused.
        with connections["side"].cursor() as cursor:
            cursor.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        _write("side", kind, "refused", viewer, case_id, subject_id, content)


def record_signin(
    kind: EventKind,
    *,
    account_id: UUID | None = None,
    seat_id: UUID | None = None,
    agency_id: UUID | None = None,
    cell_id: int = 0,
    request_id: UUID | None = None,
    refused: str | None = None,
    **facts: object,
) -> None:
    """Write down a step of signing in or out, when there is no viewer yet or no longer.

    ``refused`` is the code of the refusal. Cell 0 and no account stand for "not known". Inside a
    transaction on the sign-in connection the entry is part of it; a failed attempt that rolls back
    is recorded after the rollback.
    """
    entry = signin_entries(
        kind,
        cells=[cell_id],
        account_id=account_id,
        seat_id=seat_id,
        agency_id=agency_id,
        request_id=request_id,
        refused=refused,
        **facts,
    )
    send("signin", entry)


def signin_entries(
    kind: EventKind,
    *,
    cells: Iterable[int],
    account_id: UUID | None = None,
    seat_id: UUID | None = None,
    agency_id: UUID | None = None,
    request_id: UUID | None = None,
    refused: str | None = None,
    **facts: object,
) -> Statement:
    """What writes a step of signing in down in each of these cells.

    To be sent on the sign-in connection together with what it describes: both, or neither.
    """
    if not kind.name.startswith(_SIGNIN):
        raise ValueError(f"{kind.name} is not a step of signing in ({_SIGNIN}*)")
    outcome = "done" if refused is None else "refused"
    about = (kind.name, outcome, account_id or NOBODY, seat_id, agency_id, None, None)
    checked, request = kind.checked(facts), request_id or uuid7()
    rows: list[Row] = [
        [cell_id, *about, request, payload.encode("signin", checked, code=refused)]
        for cell_id in cells
    ]
    text = _INTO + ", ".join([_ENTRY] * len(rows))
    return Statement(text, [value for row in rows for value in row])


def record_system(
    kind: EventKind,
    *,
    using: str,
    cell_id: int,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    **facts: object,
) -> None:
    """Write down what no signed-in person did.

    A due row on ``worker``, a command on ``operator``, what is done to keys on ``keeper``, to the
    order of the log on ``owner``.

    RuntimeError outside a transaction on that connection.
    """
    if not connections[using].in_atomic_block:
        raise RuntimeError("An entry belongs inside the transaction that it describes.")
    entry = system_entry(
        kind,
        cell_id=cell_id,
        case_id=case_id,
        subject_id=subject_id,
        channel="task" if using == "worker" else "command",
        **facts,
    )
    with connections[using].cursor() as cursor:
        cursor.execute(entry.text, entry.values)


def system_entry(
    kind: EventKind,
    *,
    cell_id: int,
    case_id: UUID | None = None,
    subject_id: UUID | None = None,
    channel: str = "command",
    **facts: object,
) -> Statement:
    """What writes down what no signed-in person did, for a connection that is not Django's."""
    content = payload.encode(channel, kind.checked(facts))
    about = (case_id, subject_id, uuid7(), content)
    return Statement(_INSERT, [cell_id, kind.name, "done", NOBODY, None, None, *about])


def _write(
    using: str,
    kind: EventKind,
    outcome: str,
    viewer: Viewer,
    case_id: UUID | None,
    subject_id: UUID | None,
    content: bytes,
) -> None:
    row: Row = [
        viewer.cell_id,
        kind.name,
        outcome,
        viewer.account_id,
        viewer.seat_id,
        viewer.agency_id,
        case_id,
        subject_id,
        viewer.request_id,
        content,
    ]
    with connections[using].cursor() as cursor:
        cursor.execute(_INSERT, row)
