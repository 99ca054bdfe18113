"""Who is told of the record: agencies of its newest signature, those who watch of an alert."""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
LEADS = ("agency_lead", "school_head", "prosecutor")
"""Those who answer for an agency before the record: they get its letters and keep its keys."""

WATCH = "ARRAY['auditor', 'dpo']::text[]"
LONGEST_COPY = 1000
"""Bytes of a checkpoint with the one line of the log's key."""

MOST_ENTRIES = 2**53 - 1
"""The largest number that an entry says: who sets a copy aside says its size."""

MOST_COPIES = 20
"""Copies that one person brings between two verifications: no injection makes each read more."""

KEEPING = "hashtext('audit_verified')"
"""Who keeps what was found waits for whoever else does: each goes on from what stands."""

HERE_TODAY = "to_char(now() AT TIME ZONE 'Europe/Paris', 'YYYY-MM-DD')"
AT_SEVEN = (
    "(date_trunc('day', now() AT TIME ZONE 'Europe/Paris') + interval '7 hours')"
    " AT TIME ZONE 'Europe/Paris'"
)

# The same finding about the same copy is one letter a day, however often it is made. What no key
# has signed anybody can write and says nothing of the log: of that an agency causes one line a day
# in the inbox, in words of its own.
OWE_ALERT = f"""
CREATE FUNCTION audit.owe_alert(in_cell int, finding text, entries bigint, caused_by uuid)
RETURNS int LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE owed int; unsigned boolean := finding = 'unsigned';
        told text := CASE WHEN unsigned THEN 'witness.unsigned' ELSE 'witness.alert' END;
        about text := CASE WHEN unsigned THEN coalesce(caused_by::text, '') ELSE entries::text END;
BEGIN
    IF finding NOT IN ('forked', 'truncated', 'unsigned', 'damaged') OR entries IS NULL THEN
        RAISE EXCEPTION 'this is no alert' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO public.kernel_outbox (cell_id, event_id, recipient, channel, kind, subject_id,
           created_at, due_at, attempts, last_error)
    SELECT DISTINCT in_cell,
           md5(concat_ws(':', 'witness.alert', in_cell, finding, about, {HERE_TODAY}))::uuid,
           k.account_id, h.channel, told, NULL::uuid, now(), now(), 0, ''
      FROM public.kernel_seat k, (VALUES ('inbox'), ('email')) AS h (channel)
     WHERE k.cell_id = in_cell AND k.roles && {WATCH}
       AND now() >= k.valid_from AND now() < k.valid_until
       AND (h.channel = 'inbox' OR NOT unsigned)
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS owed = ROW_COUNT;
    RETURN owed;
END $$
"""

# Whoever compares names nobody and chooses no words: the cell is the session's own, and what was
# found stands in an entry of this very transaction. (An entry is found by its actor.) The copy that
# the log does not prolong stands beside the verifications until one finds that it does again, or
# that no key has signed it: the database cannot check Ed25519, they do. It names a log, and one
# that stands already or was set aside adds nothing; nor does any beyond so many of one person since
# the last verification, while those who watch are owed their letter and the alarm stands. What
# somebody else brings finds its place beside them. -1 says that this one was not kept.
ALERT = f"""
CREATE FUNCTION audit.alert(finding text, entries bigint, kept text) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE mine int := kernel.session_cell();
        newest bigint := coalesce((SELECT max(c.size) FROM public.audit_checkpoint c
                                    WHERE c.cell_id = mine), 0);
        last record; owed int; crowded boolean := false;
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_entry e
         WHERE e.cell_id = mine AND e.actor = kernel.session_account()
           AND e.xid = pg_current_xact_id() AND e.kind = 'witness.compared' AND e.outcome = 'done'
           AND convert_from(e.payload, 'UTF8')::jsonb -> 'facts'
               = jsonb_build_object('comparison', finding, 'entries', entries)) THEN
        RAISE EXCEPTION 'an alert is what a comparison on record has found'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF finding = 'forked' AND entries > newest THEN
        RAISE EXCEPTION 'a log forks from what it reaches' USING ERRCODE = 'check_violation';
    ELSIF entries > {MOST_ENTRIES} THEN
        RAISE EXCEPTION 'no entry can say so many' USING ERRCODE = 'check_violation';
    END IF;
    IF finding <> 'unsigned' THEN
        IF (octet_length(kept) <= {LONGEST_COPY} AND split_part(kept, E'\\n', 1) <> ''
            AND split_part(kept, E'\\n', 2) = entries::text) IS NOT TRUE THEN
            RAISE EXCEPTION 'this is not the copy that was compared'
                USING ERRCODE = 'check_violation';
        END IF;
        PERFORM pg_advisory_xact_lock({KEEPING});
        SELECT v.findings, v.copies INTO last FROM public.audit_verified v
         WHERE v.cell_id = mine ORDER BY v.at DESC LIMIT 1;
        IF (kept = ANY (last.copies)) IS NOT TRUE
           AND NOT EXISTS (SELECT FROM public.audit_aside a WHERE a.cell_id = mine
                              AND a.state = 'signed' AND kept = ANY (a.copies)) THEN
            crowded := (SELECT count(*) FROM public.audit_verified v
                         WHERE v.cell_id = mine AND v.brought_by = kernel.session_account()
                           AND v.at > coalesce((SELECT max(x.at) FROM public.audit_verified x
                                                 WHERE x.cell_id = mine AND NOT x.compared),
                                               '-infinity')) >= {MOST_COPIES};
            IF NOT crowded THEN
                INSERT INTO public.audit_verified
                       (cell_id, size, findings, copies, compared, brought_by)
                VALUES (mine, newest, greatest(1, last.findings),
                        array_append(last.copies, kept), true, kernel.session_account());
            END IF;
        END IF;
    END IF;
    owed := audit.owe_alert(mine, finding, entries, kernel.session_agency());
    RETURN CASE WHEN crowded THEN -1 ELSE owed END;
END $$
"""

# Once a day and agency: a second call on the same day finds what the first one owes.
OWE_CHECKPOINTS = f"""
CREATE FUNCTION audit.owe_checkpoints() RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE owed int;
BEGIN
    INSERT INTO public.kernel_outbox (cell_id, event_id, recipient, channel, kind, subject_id,
           created_at, due_at, attempts, last_error)
    SELECT DISTINCT k.cell_id,
           md5(concat_ws(':', 'witness.daily', k.cell_id, k.agency_id, {HERE_TODAY}))::uuid,
           k.account_id, 'email', 'witness.daily', NULL::uuid, now(), {AT_SEVEN}, 0, ''
      FROM public.kernel_seat k
     WHERE k.roles && ARRAY{list(LEADS)} AND now() >= k.valid_from AND now() < k.valid_until
       AND EXISTS (SELECT FROM public.audit_checkpoint c WHERE c.cell_id = k.cell_id)
        ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS owed = ROW_COUNT;
    RETURN owed;
END $$
"""

LETTER_CHECKPOINT = f"""
CREATE FUNCTION audit.letter_checkpoint(in_cell int) RETURNS text
LANGUAGE plpgsql STABLE {DEFINER} AS $$
BEGIN
    RETURN (SELECT c.note FROM public.audit_checkpoint c WHERE c.cell_id = in_cell
             ORDER BY c.size DESC LIMIT 1);
END $$
"""
