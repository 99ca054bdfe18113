"""The session in which a worker makes a file for somebody, in SQL, for the table of any app.

The role of the workers mints it, only for a file that waits: it stands for the seat that asked. It
lasts two minutes after the last sign of life and a quarter of an hour in all. Each try has one of
its own: who takes the work up ends the one before, so that a worker who was only slow is nobody.
"""

from __future__ import annotations

from typing import Final

from django.db.migrations import RunSQL

from kernel.rls.operations import MaintenanceFunction

DEFINER: Final = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
HASH: Final = "sha256(convert_to(nullif(current_setting('app.token', true), ''), 'UTF8'))"
LASTS: Final = "interval '24 hours'"
"""So long a file is there."""
KEPT: Final = "interval '30 days'"
"""So long its row is, counted from when it was asked for."""
_WORKING: Final = "interval '2 minutes'"
_IN_ALL: Final = "interval '15 minutes'"
_RUNTIME, _WORKER = "rempart_runtime", "rempart_worker"

_BEFORE = ("fail_export(uuid, text)",)

Functions = dict[str, tuple[str, tuple[str, ...]]]


def functions(schema: str, table: str, *, over: str, bell: str, room: str) -> Functions:
    """For each signature its text and the roles that may call it.

    The table has ``state``, ``progress``, ``failure``, ``seat_id``, ``account_id``, ``factor_at``
    and ``asked_at``, and for the work ``tries`` and ``at_work``. ``over`` is true of a row ``e``
    that has no file any more; ``bell`` rings in ``room``.
    """
    told: Functions = {
        "at_work_on(uuid)": (_AT_WORK_ON, ()),
        "open_export(uuid, bytea)": (_OPEN, (_WORKER,)),
        "close_export(bytea)": (_CLOSE, (_WORKER,)),
        "move_export(uuid, int)": (_MOVE, (_RUNTIME,)),
        "fail_export(uuid, bytea, text)": (_FAIL, (_WORKER,)),
        "leave_export(uuid, bytea)": (_LEAVE, (_WORKER,)),
        "forget_exports(int)": (_FORGET, (_WORKER,)),
        f"{bell}(text, text, uuid)": (_RING, (_RUNTIME,)),
    }
    words = {
        "SCHEMA": schema,
        "EXPORTS": f"public.{table}",
        "OVER": over,
        "BELL": bell,
        "ROOM": room,
    }
    return {name: (_filled(text, words), roles) for name, (text, roles) in told.items()}


def anew(schema: str, functions: Functions) -> list[RunSQL]:
    """Put these in the place of those before them, some of which answered something else."""
    gone = [f"{schema}.{name}" for name in (*functions, *_BEFORE)]
    dropped = "".join(f"DROP FUNCTION IF EXISTS {name};" for name in gone)
    return [
        RunSQL(dropped, RunSQL.noop),
        *[
            MaintenanceFunction(f"{schema}.{name}", text, execute_by=roles)
            for name, (text, roles) in functions.items()
        ],
    ]


def _filled(text: str, words: dict[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


# Whether the bound session is the one that was minted for the try that goes on.
_AT_WORK_ON = f"""
CREATE FUNCTION SCHEMA.at_work_on(wanted uuid) RETURNS boolean
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN EXISTS (SELECT FROM public.kernel_session s JOIN EXPORTS e ON e.at_work = s.token_hash
                    WHERE s.token_hash = {HASH} AND s.channel = 'task' AND e.id = wanted
                      AND e.seat_id = kernel.session_seat());
END $$
"""

# Says which try this is; nothing when there is nothing to make any more.
_OPEN = f"""
CREATE FUNCTION SCHEMA.open_export(wanted uuid, digest bytea) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE e record; ends timestamptz := clock_timestamp() + {_WORKING};
BEGIN
    SELECT x.* INTO e FROM EXPORTS x
     WHERE x.id = wanted AND x.state IN ('requested', 'running') FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM public.kernel_session WHERE token_hash = e.at_work AND channel = 'task';
    UPDATE EXPORTS SET state = 'running', progress = 0, tries = e.tries + 1, at_work = digest
     WHERE id = wanted;
    INSERT INTO public.kernel_session (token_hash, seat_id, account_id, channel, factor, factor_at,
           created_at, idle_seconds, idle_until, expires_at, user_agent)
    VALUES (digest, e.seat_id, e.account_id, 'task', 'task', e.factor_at,
           clock_timestamp(), 120, ends, ends, '');
    RETURN e.tries + 1;
END $$
"""

_CLOSE = f"""
CREATE FUNCTION SCHEMA.close_export(digest bytea) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    DELETE FROM public.kernel_session WHERE token_hash = digest AND channel = 'task';
END $$
"""

# A sign of life: how far it is, and the session goes on.
_MOVE = f"""
CREATE FUNCTION SCHEMA.move_export(wanted uuid, done int) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE ends timestamptz := clock_timestamp() + {_WORKING};
BEGIN
    UPDATE EXPORTS e SET progress = least(greatest(done, e.progress), 99)
     WHERE e.id = wanted AND e.state = 'running' AND SCHEMA.at_work_on(wanted);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE public.kernel_session s SET idle_until = least(ends, s.created_at + {_IN_ALL}),
           expires_at = least(ends, s.created_at + {_IN_ALL})
     WHERE s.token_hash = {HASH} AND s.channel = 'task';
    RETURN true;
END $$
"""

# By who is at work on it, or, without a session, by who has given it up.
_FAIL = f"""
CREATE FUNCTION SCHEMA.fail_export(wanted uuid, digest bytea, why text) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    UPDATE EXPORTS e SET state = 'failed', failure = why, at_work = NULL
     WHERE e.id = wanted AND e.state IN ('requested', 'running')
       AND (digest IS NULL OR e.at_work = digest);
    RETURN FOUND;
END $$
"""

# The session at work is nobody's. Says why, and 'again' when only its time was over; nothing when
# somebody else is at work by now.
_LEAVE = f"""
CREATE FUNCTION SCHEMA.leave_export(wanted uuid, digest bytea) RETURNS text
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE seated boolean; why text;
BEGIN
    SELECT EXISTS (SELECT FROM public.kernel_seat k WHERE k.id = e.seat_id
                      AND clock_timestamp() >= k.valid_from AND clock_timestamp() < k.valid_until)
      INTO seated FROM EXPORTS e
     WHERE e.id = wanted AND e.state = 'running' AND e.at_work = digest FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF seated AND EXISTS (SELECT FROM public.kernel_session s WHERE s.token_hash = digest) THEN
        RETURN 'again';
    END IF;
    why := CASE WHEN seated THEN 'sessions_ended' ELSE 'access_ended' END;
    PERFORM SCHEMA.fail_export(wanted, digest, why);
    RETURN why;
END $$
"""

# What it held and who took it along stays in the record.
_FORGET = f"""
CREATE FUNCTION SCHEMA.forget_exports(at_most int) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE gone int;
BEGIN
    DELETE FROM EXPORTS WHERE id IN (
        SELECT e.id FROM EXPORTS e
         WHERE OVER AND e.asked_at <= clock_timestamp() - {KEPT}
         ORDER BY e.asked_at LIMIT at_most FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$
"""

_RING = f"""
CREATE FUNCTION SCHEMA.BELL(in_room text, what text, about uuid) RETURNS bigint
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    IF in_room IS DISTINCT FROM 'ROOM:' || kernel.session_seat() THEN
        RAISE EXCEPTION 'not the exports of this seat' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN kernel.ring(in_room, what, about);
END $$
"""
