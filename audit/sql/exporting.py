"""Exports of the record that are asked for on a page: made for one auditor, ended in time."""

from __future__ import annotations

from typing import Final

from audit.sql.keeping import DEFINER
from kernel.bounds import IN_TURN
from kernel.sql.exporting import HASH, LASTS, functions

MOST_IN_AN_HOUR: Final = 20
STATES: Final = "'requested', 'running', 'ready', 'failed', 'expired'"
FAILURES: Final = "'', 'access_ended', 'too_many', 'nothing', 'broken'"
MORE_FAILURES: Final = f"{FAILURES}, 'sessions_ended'"

# made_epoch and made_xid are those of the entry about the export, which is found by them.
TABLE = f"""
CREATE TABLE audit_export (
    id uuid PRIMARY KEY,
    cell_id int NOT NULL,
    seat_id uuid NOT NULL,
    account_id uuid NOT NULL,
    filters text NOT NULL CHECK (char_length(filters) <= 1500),
    state text NOT NULL CHECK (state IN ({STATES})),
    progress smallint NOT NULL DEFAULT 0,
    failure text NOT NULL DEFAULT '' CHECK (failure IN ({FAILURES})),
    entries int NOT NULL DEFAULT 0,
    log_size bigint NOT NULL DEFAULT 0,
    bytes bigint NOT NULL DEFAULT 0,
    sha256 text NOT NULL DEFAULT '',
    file_key bytea,
    factor_at timestamptz,
    asked_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    made_epoch smallint,
    made_xid xid8,
    is_kept boolean NOT NULL DEFAULT true,
    CHECK (state <> 'ready' OR file_key IS NOT NULL AND made_xid IS NOT NULL AND sha256 <> '')
);
CREATE INDEX audit_export_mine ON audit_export (seat_id, asked_at DESC);
CREATE INDEX audit_export_ending ON audit_export (ends_at) WHERE is_kept;
GRANT SELECT, INSERT, UPDATE ON audit_export TO rempart_maintenance;
"""
# Who is at work on it, and how often somebody has been.
AT_WORK = f"""
ALTER TABLE audit_export ADD COLUMN tries smallint NOT NULL DEFAULT 0,
    ADD COLUMN at_work bytea,
    DROP CONSTRAINT audit_export_failure_check,
    ADD CONSTRAINT audit_export_failure_check CHECK (failure IN ({MORE_FAILURES}));
CREATE INDEX audit_export_forgotten ON audit_export (asked_at) WHERE NOT is_kept;
GRANT DELETE ON audit_export TO rempart_maintenance;
"""
WRITTEN: Final = (
    "id",
    "cell_id",
    "seat_id",
    "account_id",
    "filters",
    "state",
    "asked_at",
    "ends_at",
)

NEW_EXPORT = f"""
CREATE FUNCTION audit.new_export() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    -- For whom, when and with which factor are the database's to say.
    NEW.account_id := kernel.session_account();
    NEW.asked_at := clock_timestamp();
    NEW.ends_at := clock_timestamp() + {LASTS};
    NEW.state := 'requested';
    SELECT s.factor_at INTO NEW.factor_at
      FROM public.kernel_session s WHERE s.token_hash = {HASH};
    -- Counted one after the other: what is asked at the same instant is counted too.
    PERFORM pg_advisory_xact_lock({IN_TURN}, hashtext('audit_export' || NEW.seat_id));
    IF (SELECT count(*) FROM public.audit_export e WHERE e.seat_id = NEW.seat_id
           AND e.asked_at > clock_timestamp() - interval '1 hour') >= {MOST_IN_AN_HOUR} THEN
        RAISE EXCEPTION 'too many exports in an hour' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

# Written with the entry about it, in one transaction: that one is found again by its number.
FINISH_EXPORT = f"""
CREATE FUNCTION audit.finish_export(
    wanted uuid, holding int, under bigint, weighing bigint, digest text, sealed_key bytea
) RETURNS boolean LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    UPDATE public.audit_export e
       SET state = 'ready', progress = 100, entries = holding, log_size = under,
           bytes = weighing, sha256 = digest, file_key = sealed_key,
           ends_at = clock_timestamp() + {LASTS}, made_xid = pg_current_xact_id(),
           made_epoch = (SELECT x.epoch FROM public.audit_entry x
                          WHERE x.cell_id = e.cell_id AND x.actor = e.account_id
                          ORDER BY x.epoch DESC, x.xid DESC, x.id DESC LIMIT 1)
     WHERE e.id = wanted AND e.state = 'running' AND audit.at_work_on(wanted);
    RETURN FOUND;
END $$
"""

# Time ends a file. One that failed, or that nobody ever made, leaves nothing behind either. Each
# try may have left a file of its own.
END_EXPORTS = f"""
CREATE FUNCTION audit.end_exports(at_most int)
RETURNS TABLE (export_id uuid, in_cell int, was_ready boolean, tried smallint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    RETURN QUERY
    WITH over AS (
        SELECT e.id, e.state FROM public.audit_export e
         WHERE e.is_kept AND e.ends_at <= clock_timestamp()
         ORDER BY e.ends_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    UPDATE public.audit_export e
       SET is_kept = false, file_key = NULL,
           state = CASE over.state WHEN 'ready' THEN 'expired' ELSE 'failed' END,
           failure = CASE WHEN over.state IN ('requested', 'running') THEN 'broken'
                          ELSE e.failure END
      FROM over WHERE e.id = over.id
    RETURNING e.id, e.cell_id, over.state = 'ready', e.tries;
END $$
"""

RUNTIME, WORKER = "rempart_runtime", "rempart_worker"
FUNCTIONS = {
    "new_export()": (NEW_EXPORT, ()),
    **functions("audit", "audit_export", over="NOT e.is_kept", bell="ring_export", room="extracts"),
    "finish_export(uuid, int, bigint, bigint, text, bytea)": (FINISH_EXPORT, (RUNTIME,)),
    "end_exports(int)": (END_EXPORTS, (WORKER,)),
}
