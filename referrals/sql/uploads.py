"""Files on their way are forgotten after a day."""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

FORGET_UPLOADS = f"""
CREATE FUNCTION referrals.forget_uploads(at_most int) RETURNS int
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE gone int;
BEGIN
    WITH old AS (SELECT u.id FROM public.referrals_upload u
                  WHERE u.created_at < now() - interval '1 day'
                  ORDER BY u.created_at LIMIT at_most FOR UPDATE SKIP LOCKED),
         parts AS (DELETE FROM public.referrals_upload_part p USING old
                    WHERE p.upload_id = old.id)
    DELETE FROM public.referrals_upload u USING old WHERE u.id = old.id;
    GET DIAGNOSTICS gone = ROW_COUNT;
    RETURN gone;
END $$
"""
