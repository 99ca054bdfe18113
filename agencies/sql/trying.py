"""What each try at the door asks of PostgreSQL, planned once for each connection.

These run with the rights of whoever calls them, which is the sign-in role and nobody else.
"""

# Creates the counters that are missing, locks all in the order of their keys, starts afresh those
# that are over, and counts unless one of them says to wait. The first key is the account at this
# address: while it is known, the last one, the account from anywhere, is not watched. Of all who
# are told to wait while a counter is closed, one is the first.
COUNT_TRY = """
CREATE FUNCTION agencies.count_try(
    keys bytea[], limits int[], closed timestamptz[], moment timestamptz, ends timestamptz,
    OUT wait_until timestamptz, OUT tries int, OUT first_refusal boolean
) LANGUAGE plpgsql AS $$
DECLARE
    known boolean; here timestamptz; anywhere timestamptz;
    last bytea := keys[cardinality(keys)];
BEGIN
    INSERT INTO public.agencies_attempt (key, failures, window_ends)
    SELECT DISTINCT k, 0, ends FROM unnest(keys) AS k ORDER BY k
        ON CONFLICT (key) DO NOTHING;
    SELECT bool_or(held.key = keys[1] AND held.known_until > moment),
           max(held.blocked_until) FILTER (WHERE held.key = ANY (keys[1:2])),
           max(held.blocked_until) FILTER (WHERE held.key = last),
           max(CASE WHEN held.window_ends <= moment THEN 0 ELSE held.failures END)
               FILTER (WHERE held.key = last)
      INTO known, here, anywhere, tries
      FROM (SELECT a.* FROM public.agencies_attempt a WHERE a.key = ANY (keys)
             ORDER BY a.key FOR UPDATE) AS held;
    wait_until := CASE WHEN known THEN here ELSE greatest(here, anywhere) END;
    IF wait_until > moment THEN
        UPDATE public.agencies_attempt a SET refused_until = a.blocked_until
         WHERE (a.key = ANY (keys[1:2]) OR (a.key = last AND known IS NOT TRUE))
           AND a.blocked_until > moment
           AND a.refused_until IS DISTINCT FROM a.blocked_until;
        first_refusal := FOUND;
        RETURN;
    END IF;
    wait_until := NULL;
    tries := tries + 1;
    UPDATE public.agencies_attempt a
       SET failures = CASE WHEN a.window_ends <= moment THEN 0 ELSE a.failures END + 1,
           window_ends = CASE WHEN a.window_ends <= moment THEN ends ELSE a.window_ends END,
           blocked_until = CASE
               WHEN CASE WHEN a.window_ends <= moment THEN 0 ELSE a.failures END + 1 >= t.most
               THEN t.until ELSE a.blocked_until END
      FROM (SELECT DISTINCT ON (u.key) u.key, u.most, u.until
              FROM unnest(keys, limits, closed) AS u (key, most, until)
             ORDER BY u.key, u.most) AS t
     WHERE a.key = t.key;
END $$
"""

GIVE_BACK = """
CREATE FUNCTION agencies.give_back(keys bytea[], pair bytea) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM public.agencies_attempt a WHERE a.key = ANY (keys) ORDER BY a.key FOR UPDATE;
    UPDATE public.agencies_attempt a
       SET failures = CASE WHEN a.key = pair THEN 0 ELSE greatest(a.failures - 1, 0) END,
           blocked_until = CASE WHEN a.key <> pair THEN a.blocked_until END
     WHERE a.key = ANY (keys);
END $$
"""

REMEMBER_PLACE = """
CREATE FUNCTION agencies.remember_place(keys bytea[], ends timestamptz, until timestamptz)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.agencies_attempt (key, failures, window_ends, known_until)
    SELECT k, 0, ends, until FROM unnest(keys) AS k ORDER BY k
        ON CONFLICT (key) DO UPDATE SET known_until = EXCLUDED.known_until;
END $$
"""

# Rows that somebody else is looking at are skipped: they will be there next time. The session of a
# task that was too slow says so by being there, for longer than any task has.
CLEAR_AWAY = """
CREATE OR REPLACE FUNCTION agencies.clear_away(moment timestamptz, counters timestamptz, most int)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM public.agencies_attempt WHERE key IN (
        SELECT a.key FROM public.agencies_attempt a
         WHERE a.window_ends < counters AND (a.known_until IS NULL OR a.known_until < moment)
         LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.django_session WHERE session_key IN (
        SELECT s.session_key FROM public.django_session s WHERE s.expire_date < moment
         LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.kernel_session WHERE token_hash IN (
        SELECT s.token_hash FROM public.kernel_session s
         WHERE (s.expires_at < moment OR s.idle_until < moment)
           AND (s.channel <> 'task' OR s.created_at < moment - interval '1 hour')
         LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.agencies_ceremony WHERE id IN (
        SELECT c.id FROM public.agencies_ceremony c WHERE c.expires_at < moment
         LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.agencies_provider_flow WHERE state_hash IN (
        SELECT f.state_hash FROM public.agencies_provider_flow f WHERE f.ends_at < moment
         LIMIT most FOR UPDATE SKIP LOCKED);
    DELETE FROM public.agencies_provider_spent WHERE key IN (
        SELECT s.key FROM public.agencies_provider_spent s WHERE s.ends_at < moment
         LIMIT most FOR UPDATE SKIP LOCKED);
END $$
"""

# Everything that the page of the second factor asks about one account, in one row.
STANDING = """
CREATE FUNCTION agencies.standing_of(person uuid, moment timestamptz) RETURNS TABLE (
    email text, display_name text, cells int[], passkeys boolean, devices bigint[], names text[],
    codes_left int
) LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY SELECT a.email, a.display_name,
        ARRAY(SELECT DISTINCT s.cell_id FROM public.kernel_seat s
               WHERE s.account_id = person AND s.valid_from <= moment AND s.valid_until > moment
               ORDER BY s.cell_id),
        EXISTS (SELECT FROM public.django_otp_webauthn_webauthncredential w
                 WHERE w.user_id = person AND w.confirmed),
        ARRAY(SELECT d.id::bigint FROM public.otp_totp_totpdevice d
               WHERE d.user_id = person AND d.confirmed ORDER BY d.id),
        ARRAY(SELECT d.name::text FROM public.otp_totp_totpdevice d
               WHERE d.user_id = person AND d.confirmed ORDER BY d.id),
        (SELECT count(*)::int FROM public.agencies_backup_sheet b
           JOIN public.agencies_backup_code c ON c.sheet_id = b.id
          WHERE b.user_id = person AND c.used_at IS NULL)
      FROM (VALUES (person)) AS asked (id)
      LEFT JOIN public.agencies_account a ON a.id = asked.id AND a.is_active;
END $$
"""
