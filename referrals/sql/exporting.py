"""Exports: asked for by a person with a fresh factor, made for that person alone, ended in time."""

from __future__ import annotations

from kernel.rls.operations import CELL
from kernel.sql.exporting import HASH, LASTS, functions
from referrals.sql.leaving import COORDINATES, DEFINER

OWN = f"{CELL} AND seat_id = (SELECT kernel.session_seat())"
ASKED = (
    f"{OWN} AND (SELECT kernel.session_fresh())"
    " AND referrals.still_granted(case_id, -1, now(), NULL)"
)

NEW_EXPORT = f"""
CREATE OR REPLACE FUNCTION referrals.new_export() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    hash bytea := {HASH};
BEGIN
    -- For whom, when and with which factor are the database's to say.
    NEW.seat_id := kernel.session_seat();
    NEW.account_id := kernel.session_account();
    NEW.asked_at := clock_timestamp();
    NEW.factor_at := (SELECT s.factor_at FROM public.kernel_session s WHERE s.token_hash = hash);
    NEW.state := 'requested'; NEW.progress := 0; NEW.failure := ''; NEW.scope := 0;
    NEW.size := 0; NEW.sha256 := ''; NEW.file_key := NULL; NEW.made_at := NULL;
    NEW.expires_at := NULL; NEW.tries := 0; NEW.at_work := NULL;
    IF (NEW.party_id IS NOT NULL OR NEW.share_id IS NOT NULL) AND NOT {COORDINATES} THEN
        RAISE EXCEPTION 'coordination exports for others'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What leaves for others is an act, and an order that is being given is waited for.
    IF NEW.party_id IS NOT NULL OR NEW.share_id IS NOT NULL THEN
        PERFORM 1 FROM public.referrals_case c WHERE c.id = NEW.case_id
            AND c.cell_id = kernel.session_cell() FOR NO KEY UPDATE;
        IF referrals.frozen_for_session(NEW.case_id) THEN
            RAISE EXCEPTION 'the prosecutor has frozen the acts of others on this case'
                USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    RETURN NEW;
END $$
"""

FINISH_EXPORT = f"""
CREATE OR REPLACE FUNCTION referrals.finish_export(
    wanted uuid, parts int, bytes int, digest text, sealed_key bytea
) RETURNS timestamptz LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE ends timestamptz := clock_timestamp() + {LASTS};
BEGIN
    -- The key before what it seals, as whoever replaces it does: neither waits for the other.
    PERFORM 1 FROM public.referrals_case_key k JOIN public.referrals_export e
         ON e.case_id = k.case_id WHERE e.id = wanted AND referrals.at_work_on(wanted)
        FOR SHARE OF k;
    UPDATE public.referrals_export e
       SET state = 'ready', progress = 100, scope = parts, size = bytes, sha256 = digest,
           file_key = sealed_key, made_at = clock_timestamp(), expires_at = ends
     WHERE e.id = wanted AND e.state = 'running' AND referrals.at_work_on(wanted);
    RETURN CASE WHEN FOUND THEN ends END;
END $$
"""

# Time ends a file, and so does the end of a right to anything that is in it. What nobody ever made
# has failed a day after it was asked for.
END_EXPORTS = f"""
CREATE FUNCTION referrals.end_exports(at_most int)
RETURNS TABLE (export_id uuid, of_case uuid, in_cell int, number text, tried smallint)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    UPDATE public.referrals_export e SET state = 'failed', failure = 'broken', at_work = NULL
     WHERE e.id IN (
        SELECT x.id FROM public.referrals_export x
         WHERE x.state IN ('requested', 'running') AND x.asked_at <= clock_timestamp() - {LASTS}
         ORDER BY x.asked_at LIMIT at_most FOR UPDATE SKIP LOCKED);
    RETURN QUERY
    WITH over AS (
        SELECT e.id FROM public.referrals_export e
         WHERE e.state = 'ready' AND (e.expires_at <= clock_timestamp() OR e.scope <> e.scope & (
               SELECT coalesce(bit_or(g.scope), 0) FROM public.kernel_seat k
                 JOIN public.referrals_grant g ON g.unit_id = ANY (k.units)
                WHERE k.id = e.seat_id AND g.case_id = e.case_id
                  AND now() >= k.valid_from AND now() < k.valid_until
                  AND g.valid_from <= now() AND now() < g.valid_until)
               OR NOT EXISTS (
               SELECT FROM public.kernel_seat k
                 JOIN public.referrals_grant g ON g.unit_id = ANY (k.units)
                WHERE k.id = e.seat_id AND g.case_id = e.case_id
                  AND now() >= k.valid_from AND now() < k.valid_until
                  AND g.valid_from <= now() AND now() < g.valid_until)
               OR e.share_id IS NOT NULL AND NOT EXISTS (
               SELECT FROM public.referrals_share s WHERE s.id = e.share_id
                  AND s.state = 'accepted' AND clock_timestamp() < s.expires_at))
         ORDER BY e.expires_at LIMIT at_most FOR UPDATE SKIP LOCKED)
    UPDATE public.referrals_export e SET state = 'expired', file_key = NULL
      FROM over WHERE e.id = over.id
    RETURNING e.id, e.case_id, e.cell_id, e.receipt, e.tries;
END $$
"""

# That a number is an export's its row alone says: it stays while a file of it may be left.
_OVER = """e.state IN ('failed', 'expired')
           AND NOT EXISTS (SELECT FROM public.referrals_loose_file f WHERE f.id = e.id)"""

RUNTIME, WORKER = "rempart_runtime", "rempart_worker"
FUNCTIONS = {
    "new_export()": (NEW_EXPORT, ()),
    **functions(
        "referrals",
        "referrals_export",
        over=_OVER,
        bell="ring_exports",
        room="exports",
    ),
    "finish_export(uuid, int, int, text, bytea)": (FINISH_EXPORT, (RUNTIME,)),
    "end_exports(int)": (END_EXPORTS, (WORKER,)),
}
