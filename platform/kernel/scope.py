"""Binds a viewer to the database transaction: outside of it, tenant tables are empty.

The binding is an opaque token. PostgreSQL resolves it itself (``kernel.session_units()``), so an
injected ``set_config`` with invented units opens nothing.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction

from kernel.errors import SignInRequired
from kernel.ids import uuid7
from kernel.viewer import Viewer

_looking: ContextVar[Viewer | None] = ContextVar("looking", default=None)

_BIND = """
SELECT set_config('app.token', %s, true), v.account_id, v.seat_id, v.cell_id, v.agency_id,
       v.agency_kind, v.roles, v.units, v.bound_by_secrecy, v.display_name, v.agency_name,
       v.cell_name, v.factor_at, v.version, v.charter_signed, v.idle_seconds, v.idle_until,
       v.expires_at
  FROM kernel.session_viewer(%s) v
"""


def bind(
    token: str,
    *,
    channel: str = "page",
    request_id: UUID | None = None,
    using: str = DEFAULT_DB_ALIAS,
) -> Viewer | None:
    """Bind a session token to the open transaction and say who it belongs to, in one round trip.

    Looking does not put the idle end off: ``keep`` does. Returns None when the session has ended or
    the seat is no longer valid; nothing is bound then.
    Raises RuntimeError outside a transaction: the binding would be lost at once.
    """
    connection = connections[using]
    if not connection.in_atomic_block:
        raise RuntimeError("A viewer is bound inside a transaction.")
    with connection.cursor() as cursor:
        cursor.execute(_BIND, [token, token])
        row = cursor.fetchone()
    if row is None:
        return None
    return Viewer(
        account_id=row[1],
        seat_id=row[2],
        cell_id=row[3],
        agency_id=row[4],
        agency_kind=row[5],
        roles=frozenset(row[6]),
        units=tuple(row[7]),
        bound_by_secrecy=row[8],
        display_name=row[9],
        agency_name=row[10],
        cell_name=row[11],
        factor_at=row[12],
        version=row[13],
        charter_signed=row[14],
        idle_seconds=row[15],
        idle_until=row[16],
        expires_at=row[17],
        channel=channel,
        request_id=request_id or uuid7(),
        token=token,
    )


def keep(viewer: Viewer) -> None:
    """Put the idle end of the session off, because its person did something.

    Called after the transaction: a request never holds the row of its own session.
    """
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute("SELECT kernel.keep_session(%s)", [viewer.token])


def rebind(viewer: Viewer, *, using: str) -> None:
    """Bind the viewer's token to a transaction on another connection, or refuse."""
    fresh = bind(viewer.token, channel=viewer.channel, request_id=viewer.request_id, using=using)
    if fresh is None:
        raise SignInRequired


def looking() -> Viewer | None:
    """The viewer bound in this context, for guards; services take theirs as first argument."""
    return _looking.get()


@contextmanager
def looking_as(viewer: Viewer | None) -> Iterator[None]:
    """Remember who is bound to the open transaction, so that nobody nests another one in it."""
    if _looking.get() is not None:
        raise RuntimeError("A viewer is already bound: viewers do not nest.")
    mark = _looking.set(viewer)
    try:
        yield
    finally:
        _looking.reset(mark)


@contextmanager
def acting_as(viewer: Viewer, *, channel: str | None = None) -> Iterator[Viewer]:
    """One transaction in which only what this viewer may see exists.

    Yields the viewer as PostgreSQL knows it now. Raises SignInRequired when the session has ended,
    RuntimeError when a viewer is already bound.
    """
    if _looking.get() is not None:
        raise RuntimeError("A viewer is already bound: viewers do not nest.")
    with transaction.atomic(durable=True):
        fresh = bind(viewer.token, channel=channel or viewer.channel, request_id=viewer.request_id)
        if fresh is None:
            raise SignInRequired
        with looking_as(fresh):
            yield fresh


@contextmanager
def acting_with(token: str) -> Iterator[Viewer]:
    """One transaction of a task, as whom its token stands for. Raises SignInRequired.

    The token was minted for that task alone: nobody else holds it.
    """
    if _looking.get() is not None:
        raise RuntimeError("A viewer is already bound: viewers do not nest.")
    with transaction.atomic(durable=True):
        viewer = bind(token, channel="task")
        if viewer is None:
            raise SignInRequired
        with looking_as(viewer):
            yield viewer
