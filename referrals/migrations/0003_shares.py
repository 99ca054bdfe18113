"""The life of a share, kept by the database: who may move it, and what each move opens or ends."""

from django.db import migrations

from kernel.rls.operations import MaintenanceFunction
from referrals.compartments import NEVER_SHARED, NOT_FOR_VICTIM_SUPPORT, SECRET

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
FOREVER = "timestamptz '9999-12-31 00:00:00+00'"

NEW_SHARE = f"""
CREATE FUNCTION referrals.scope_new_share() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE given int;
BEGIN
    SELECT bit_or(g.scope) INTO given FROM public.referrals_grant g
     WHERE g.case_id = NEW.case_id AND g.unit_id = NEW.from_unit AND g.level = 5
       AND g.valid_from <= now() AND now() < g.valid_until;
    IF given IS NULL OR NEW.scope & ~given <> 0 THEN
        RAISE EXCEPTION 'a share holds only what its author steers'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state <> 'proposed' THEN
        RAISE EXCEPTION 'a share begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    NEW.viewers := ARRAY[NEW.from_unit, NEW.to_unit];
    RETURN NEW;
END $$
"""

GUARD_SHARE = f"""
CREATE FUNCTION referrals.guard_share() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE mine int[] := kernel.session_units(); ending boolean;
BEGIN
    -- Time ends a share, and so does another trigger (the case was closed). People end the rest.
    ending := NEW.state IN ('expired', 'case_closed', 'accession_ended')
        AND OLD.state IN ('proposed', 'accepted')
        AND (pg_trigger_depth() > 1 OR NEW.state = 'expired' AND OLD.expires_at <= now());
    IF NOT coalesce(ending
        OR (OLD.state = 'proposed' AND NEW.state IN ('accepted', 'refused')
            AND NEW.to_unit = ANY (mine))
        OR (OLD.state IN ('proposed', 'accepted') AND NEW.state = 'revoked'
            AND NEW.from_unit = ANY (mine)), false) THEN
        RAISE EXCEPTION 'a share does not go from % to % here', OLD.state, NEW.state
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.state = 'accepted' AND NEW.expires_at <= now() THEN
        RAISE EXCEPTION 'this proposal has expired' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""

FOLLOW_SHARE = f"""
CREATE FUNCTION referrals.follow_share() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE who record; until timestamptz; items timestamptz;
BEGIN
    SELECT k.display_name, k.agency_name INTO who
      FROM public.kernel_seat k WHERE k.id = kernel.session_seat();
    IF TG_OP = 'UPDATE' AND NEW.state = 'accepted' THEN
        SELECT least(NEW.expires_at, a.valid_until) INTO STRICT until
          FROM public.agencies_accession a WHERE a.unit_id = NEW.to_unit;
        items := CASE WHEN NEW.include_future THEN {FOREVER} ELSE now() END;
        INSERT INTO public.referrals_grant (id, cell_id, case_id, unit_id, scope, level,
               valid_from, valid_until, items_until, share_id)
        SELECT gen_random_uuid(), NEW.cell_id, NEW.case_id, u.unit, u.scope, NEW.level,
               greatest(NEW.starts_at, now()), until, items, NEW.id
          FROM (VALUES (NEW.to_unit, NEW.scope & ~{SECRET}),
                       (NEW.to_secrecy_unit, NEW.scope & {SECRET})) AS u (unit, scope)
         WHERE u.unit IS NOT NULL AND (u.unit = NEW.to_unit OR u.scope <> 0);
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM public.referrals_grant WHERE share_id = NEW.id;
    END IF;
    INSERT INTO public.referrals_milestone
           (id, cell_id, case_id, bit, kind, detail, by_name, by_agency, created_at)
    VALUES (gen_random_uuid(), NEW.cell_id, NEW.case_id, 10, 'share.' || NEW.state,
            NEW.to_agency_name, coalesce(who.display_name, ''), coalesce(who.agency_name, ''),
            clock_timestamp());
    PERFORM referrals.sync_case(NEW.case_id);
    RETURN NULL;
END $$
"""

SWEEP = f"""
CREATE FUNCTION referrals.sweep(at_most int) RETURNS int LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
DECLARE share record; swept int := 0;
BEGIN
    -- Only tidies: an expired grant already opens nothing.
    FOR share IN SELECT s.id, s.case_id FROM public.referrals_share s
         WHERE s.state IN ('proposed', 'accepted') AND s.expires_at <= now()
         ORDER BY s.case_id, s.expires_at LIMIT at_most LOOP
        PERFORM 1 FROM public.referrals_case c WHERE c.id = share.case_id FOR UPDATE;
        UPDATE public.referrals_share s SET state = 'expired', ended_at = now()
         WHERE s.id = share.id AND s.state IN ('proposed', 'accepted');
        swept := swept + 1;
    END LOOP;
    RETURN swept;
END $$
"""

LOCK_CASE = f"""
CREATE FUNCTION referrals.lock_case_of(share uuid) RETURNS void
LANGUAGE plpgsql VOLATILE {DEFINER} AS $$
BEGIN
    -- Only for either side of the share: others wait for nothing and learn nothing.
    PERFORM 1 FROM public.referrals_case c JOIN public.referrals_share s ON s.case_id = c.id
      WHERE s.id = share AND s.cell_id = kernel.session_cell()
        AND s.viewers && kernel.session_units() FOR UPDATE OF c;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("referrals", "0002_grants")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_never_judicial"
            f" CHECK (scope & {NEVER_SHARED} = 0);"
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_victim_side"
            f" CHECK (to_agency_kind <> 'victim_support' OR scope & {NOT_FOR_VICTIM_SUPPORT} = 0);"
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_secret_to_bound"
            f" CHECK (scope & {SECRET} = 0 OR to_secrecy_unit IS NOT NULL);"
            "ALTER TABLE referrals_share ADD CONSTRAINT referrals_share_known_parts"
            " CHECK (scope >= 0 AND scope < 4096);"
            "GRANT SELECT ON agencies_accession TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("referrals.scope_new_share()", NEW_SHARE),
        MaintenanceFunction("referrals.guard_share()", GUARD_SHARE),
        MaintenanceFunction("referrals.follow_share()", FOLLOW_SHARE),
        MaintenanceFunction(
            "referrals.lock_case_of(uuid)", LOCK_CASE, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction("referrals.sweep(int)", SWEEP, execute_by=("rempart_worker",)),
        migrations.RunSQL(
            "CREATE TRIGGER a_scope BEFORE INSERT ON referrals_share"
            " FOR EACH ROW EXECUTE FUNCTION referrals.scope_new_share();"
            "CREATE TRIGGER a_guard BEFORE UPDATE OF state ON referrals_share"
            " FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state)"
            " EXECUTE FUNCTION referrals.guard_share();"
            "CREATE TRIGGER b_follow AFTER INSERT OR UPDATE OF state ON referrals_share"
            " FOR EACH ROW EXECUTE FUNCTION referrals.follow_share();",
            migrations.RunSQL.noop,
        ),
    ]
