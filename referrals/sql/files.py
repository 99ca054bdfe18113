"""Files that nothing needs any more: known before they are written, and deleted when nobody claims
them. A document that is destroyed loses its key and its name at once, its file within a minute.

The list only ever says which files to look at. Whether one goes is for the rows that need it.
"""

from __future__ import annotations

from kernel.bounds import IN_TURN
from referrals.sql.documents import CORE
from referrals.sql.leaving import DEFINER

RUNTIME, WORKER = "rempart_runtime", "rempart_worker"
UNCLAIMED_AFTER = "interval '1 hour'"
"""Longer than any request or any work lives that could still claim what it has written."""
LATER = "interval '10 minutes'"
MISTAKE = "interval '24 hours'"

EXPECT_FILE = f"""
CREATE FUNCTION referrals.expect_file(number uuid, of_case uuid) RETURNS boolean
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    IF NOT referrals.still_granted(of_case, -1, now(), NULL) THEN
        RETURN false;
    END IF;
    INSERT INTO public.referrals_loose_file (id, case_id, due_at)
    VALUES (number, of_case, clock_timestamp() + {UNCLAIMED_AFTER})
        ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at
           WHERE referrals_loose_file.case_id = excluded.case_id;
    RETURN FOUND;
END $$
"""

# What is claimed is taken off the list; what is still being made is looked at again later. Only an
# export has a file for each try.
UNCLAIMED_FILES = f"""
CREATE FUNCTION referrals.unclaimed_files(at_most int)
RETURNS TABLE (number uuid, of_case uuid, of_export boolean)
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE f record;
BEGIN
    FOR f IN SELECT x.id, x.case_id FROM public.referrals_loose_file x
              WHERE x.due_at <= clock_timestamp()
              ORDER BY x.due_at LIMIT at_most FOR UPDATE SKIP LOCKED LOOP
        IF EXISTS (SELECT FROM public.referrals_document d
                     JOIN public.referrals_case c ON c.id = d.case_id
                    WHERE d.id = f.id AND d.case_id = f.case_id AND d.state <> 'destroyed'
                      AND c.shredded_at IS NULL)
           OR EXISTS (SELECT FROM public.referrals_export e
                       WHERE e.id = f.id AND e.case_id = f.case_id AND e.state = 'ready') THEN
            DELETE FROM public.referrals_loose_file x WHERE x.id = f.id;
        ELSIF EXISTS (SELECT FROM public.referrals_export e
                       WHERE e.id = f.id AND e.state IN ('requested', 'running')) THEN
            UPDATE public.referrals_loose_file x SET due_at = clock_timestamp() + {UNCLAIMED_AFTER}
             WHERE x.id = f.id;
        ELSE
            number := f.id; of_case := f.case_id;
            of_export := EXISTS (SELECT FROM public.referrals_export e WHERE e.id = f.id);
            RETURN NEXT;
        END IF;
    END LOOP;
END $$
"""

FILES_GONE = f"""
CREATE FUNCTION referrals.files_gone(gone uuid[], stayed uuid[]) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE done int;
BEGIN
    UPDATE public.referrals_loose_file x SET due_at = clock_timestamp() + {LATER}
     WHERE x.id = ANY (stayed);
    DELETE FROM public.referrals_loose_file x WHERE x.id = ANY (gone);
    GET DIAGNOSTICS done = ROW_COUNT;
    RETURN done;
END $$
"""

# Whoever added it by mistake takes it away within a day; after that those who steer do, and what
# the prosecutor's office added, only that office. A copy goes with its original.
DESTROY = f"""
CREATE OR REPLACE FUNCTION referrals.destroy_document() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units(); c record;
BEGIN
    SELECT x.prosecutor_unit INTO c FROM public.referrals_case x WHERE x.id = NEW.case_id;
    IF pg_trigger_depth() = 1 AND kernel.session_seat() IS NOT NULL AND NOT coalesce(
           OLD.owner_unit = ANY (mine) AND OLD.created_at > clock_timestamp() - {MISTAKE}
           OR ({CORE})
              AND (OLD.copy_of_id IS NOT NULL OR OLD.owner_unit = ANY (mine)
                   OR OLD.owner_unit IS DISTINCT FROM c.prosecutor_unit)
              AND EXISTS (SELECT FROM public.referrals_grant g
                   WHERE g.case_id = OLD.case_id AND g.unit_id = ANY (mine) AND g.level = 5
                     AND g.scope & (1 << OLD.bit) <> 0
                     AND g.valid_from <= now() AND now() < g.valid_until), false) THEN
        RAISE EXCEPTION 'a document is destroyed by who added it or who steers the case'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- A copy that another one takes the place of is no loss; what cannot be had again is.
    IF pg_trigger_depth() = 1 AND kernel.session_seat() IS NOT NULL AND OLD.copy_of_id IS NULL
       AND kernel.session_fresh() IS NOT TRUE THEN
        RAISE EXCEPTION 'a fresh factor comes first' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.about := NULL; NEW.file_key := NULL;
    INSERT INTO public.referrals_loose_file (id, case_id, due_at)
    VALUES (NEW.id, NEW.case_id, clock_timestamp())
        ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at;
    UPDATE public.referrals_document d SET state = 'destroyed', version = d.version + 1
     WHERE d.copy_of_id = NEW.id AND d.state <> 'destroyed';
    RETURN NEW;
END $$
"""

# In this very transaction and about this very document, so that whoever looks its case up in the
# journal finds it. Of a copy that goes with its original the entry is that of the original.
DESTROYED_ON_RECORD = f"""
CREATE FUNCTION referrals.destroyed_on_record() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF kernel.session_seat() IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.audit_entry e,
               LATERAL (SELECT convert_from(e.payload, 'UTF8')::jsonb -> 'facts' AS facts) said
         WHERE e.cell_id = NEW.cell_id AND e.actor = kernel.session_account()
           AND e.xid = pg_current_xact_id() AND e.case_id = NEW.case_id
           AND e.kind = 'document.destroyed' AND e.outcome = 'done'
           AND said.facts ->> 'after' = NEW.state
           AND (e.subject_id = NEW.id AND said.facts ->> 'before' = OLD.state
                OR e.subject_id = NEW.copy_of_id
                   AND EXISTS (SELECT FROM public.referrals_document d
                                WHERE d.id = NEW.copy_of_id AND d.state = NEW.state))) THEN
        RAISE EXCEPTION 'no document is destroyed without an entry'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$
"""

SHREDDED = f"""
CREATE FUNCTION referrals.forget_files() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    -- A part that is arriving is waited for, and goes with the others.
    PERFORM 1 FROM public.referrals_upload u WHERE u.case_id = NEW.id FOR UPDATE;
    DELETE FROM public.referrals_upload_part p USING public.referrals_upload u
     WHERE u.case_id = NEW.id AND p.upload_id = u.id;
    DELETE FROM public.referrals_upload u WHERE u.case_id = NEW.id;
    INSERT INTO public.referrals_loose_file (id, case_id, due_at)
    SELECT d.id, d.case_id, clock_timestamp() FROM public.referrals_document d
     WHERE d.case_id = NEW.id
        ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at;
    RETURN NULL;
END $$
"""

# Counted one after the other for each seat: what is asked at the same instant is counted too.
REFUSE_TOO_MANY = f"""
CREATE FUNCTION referrals.refuse_too_many() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE me uuid := kernel.session_seat(); found bigint;
BEGIN
    IF me IS NULL THEN
        RETURN NEW;
    END IF;
    PERFORM pg_advisory_xact_lock({IN_TURN}, hashtext(TG_TABLE_NAME || me));
    EXECUTE format('SELECT count(*) FROM public.%I WHERE %I = $1 AND %I > $2',
                   TG_TABLE_NAME, TG_ARGV[0], TG_ARGV[1])
       INTO found USING me, clock_timestamp() - TG_ARGV[3]::interval;
    IF found >= TG_ARGV[2]::int THEN
        RAISE EXCEPTION 'too many at once in %', TG_TABLE_NAME USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

FUNCTIONS = {
    "expect_file(uuid, uuid)": (EXPECT_FILE, (RUNTIME,)),
    "unclaimed_files(int)": (UNCLAIMED_FILES, (WORKER,)),
    "files_gone(uuid[], uuid[])": (FILES_GONE, (WORKER,)),
    "destroy_document()": (DESTROY, ()),
    "destroyed_on_record()": (DESTROYED_ON_RECORD, ()),
    "forget_files()": (SHREDDED, ()),
    "refuse_too_many()": (REFUSE_TOO_MANY, ()),
}


def _bounded(table: str, seat: str, moment: str, most: int, within: str) -> str:
    """No more than so many rows of a seat within that time."""
    return (
        f"CREATE TRIGGER b_bounded BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION"
        f" referrals.refuse_too_many('{seat}', '{moment}', '{most}', '{within}');"
    )


def triggers(*, documents: int, uploads: int, exports: int) -> str:
    """What watches over the tables; documents and exports in an hour, uploads in a day."""
    return (
        "CREATE TRIGGER b_destroy BEFORE UPDATE OF state ON referrals_document FOR EACH ROW"
        " WHEN (NEW.state = 'destroyed' AND OLD.state <> 'destroyed')"
        " EXECUTE FUNCTION referrals.destroy_document();"
        "CREATE CONSTRAINT TRIGGER z_on_record AFTER UPDATE OF state ON referrals_document"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'destroyed')"
        " EXECUTE FUNCTION referrals.destroyed_on_record();"
        "CREATE TRIGGER d_files AFTER UPDATE OF shredded_at ON referrals_case FOR EACH ROW"
        " WHEN (OLD.shredded_at IS NULL AND NEW.shredded_at IS NOT NULL)"
        " EXECUTE FUNCTION referrals.forget_files();"
        + _bounded("referrals_document", "added_by", "created_at", documents, "1 hour")
        + _bounded("referrals_upload", "seat_id", "created_at", uploads, "1 day")
        + _bounded("referrals_export", "seat_id", "asked_at", exports, "1 hour")
    )


DROPPED = "".join(
    f"DROP TRIGGER {name} ON referrals_{table};"
    for name, table in [
        ("b_destroy", "document"),
        ("z_on_record", "document"),
        ("d_files", "case"),
        ("b_bounded", "document"),
        ("b_bounded", "upload"),
        ("b_bounded", "export"),
    ]
)
