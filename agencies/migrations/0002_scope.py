"""Who may read and write which table of this app, and the triggers that keep seats in step."""

from django.db import migrations

from kernel.rls.operations import CELL, AllowRole, Grant, MaintenanceFunction, ScopeTable

PUBLIC_TABLES = (
    "agencies_agency",
    "agencies_school",
    "agencies_departement",
    "agencies_academy",
    "agencies_commune",
    "agencies_court",
)
CREDENTIALS = ("agencies_account", "agencies_attempt", "otp_totp_totpdevice")
TENANT = {
    "agencies_cell": "id = (SELECT kernel.session_cell())",
    "agencies_accession": CELL,
    "agencies_membership": CELL,
}
WRITES = ("SELECT", "INSERT", "UPDATE")

CASE_WORKING = (
    "ARRAY['school_pilot','resource_team_member','agency_partner','agency_lead','prosecutor',"
    "'prosecutor_delegate','cell_coordinator','departmental_officer']"
)
COORDINATING = "ARRAY['cell_coordinator','departmental_officer']"

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

# A seat is valid while the membership, the accession and the account all are. The version rises
# with every change, so that an open socket notices.
RESEAT = f"""
CREATE FUNCTION agencies.reseat(touched uuid[]) RETURNS void LANGUAGE sql {DEFINER} AS $$
    INSERT INTO public.kernel_seat AS seat (id, cell_id, account_id, agency_id, agency_kind, roles,
           units, bound_by_secrecy, display_name, agency_name, cell_name, valid_from, valid_until,
           version)
    SELECT m.id, m.cell_id, m.account_id, m.agency_id, g.kind, m.roles,
           ARRAY(SELECT DISTINCT unit FROM unnest(
               ARRAY[m.unit_id]
               || CASE WHEN m.roles && {CASE_WORKING} THEN ARRAY[a.unit_id] END
               || CASE WHEN m.roles && {CASE_WORKING} AND m.bound_by_secrecy
                       THEN ARRAY[a.secrecy_unit_id] END
               || CASE WHEN m.roles && {COORDINATING} THEN ARRAY[c.coordination_unit_id] END
           ) AS unit ORDER BY unit),
           m.bound_by_secrecy, m.display_name, g.name, c.name,
           greatest(m.valid_from, a.valid_from),
           CASE WHEN p.is_active THEN least(m.valid_until, a.valid_until)
                ELSE least(m.valid_until, a.valid_until, now()) END,
           1
      FROM public.agencies_membership m
      JOIN public.agencies_accession a ON a.id = m.accession_id
      JOIN public.agencies_agency g ON g.id = m.agency_id
      JOIN public.agencies_cell c ON c.id = m.cell_id
      JOIN public.agencies_account p ON p.id = m.account_id
     WHERE m.id = ANY (touched)
        ON CONFLICT (id) DO UPDATE SET
           agency_kind = EXCLUDED.agency_kind, roles = EXCLUDED.roles, units = EXCLUDED.units,
           bound_by_secrecy = EXCLUDED.bound_by_secrecy, display_name = EXCLUDED.display_name,
           agency_name = EXCLUDED.agency_name, cell_name = EXCLUDED.cell_name,
           valid_from = EXCLUDED.valid_from, valid_until = EXCLUDED.valid_until,
           version = seat.version + 1
$$
"""

FOLLOW = f"""
CREATE FUNCTION agencies.seats_follow() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
DECLARE touched uuid[];
BEGIN
    CASE TG_TABLE_NAME
    WHEN 'agencies_membership' THEN touched := ARRAY[NEW.id];
    WHEN 'agencies_accession' THEN
        SELECT array_agg(m.id) INTO touched FROM public.agencies_membership m
         WHERE m.accession_id = NEW.id;
    WHEN 'agencies_account' THEN
        SELECT array_agg(m.id) INTO touched FROM public.agencies_membership m
         WHERE m.account_id = NEW.id;
    WHEN 'agencies_agency' THEN
        SELECT array_agg(m.id) INTO touched FROM public.agencies_membership m
         WHERE m.agency_id = NEW.id;
    WHEN 'agencies_cell' THEN
        SELECT array_agg(m.id) INTO touched FROM public.agencies_membership m
         WHERE m.cell_id = NEW.id;
    END CASE;
    PERFORM agencies.reseat(touched);
    RETURN NULL;
END $$
"""

WATCHED = {
    "agencies_membership": "INSERT OR UPDATE ON agencies_membership FOR EACH ROW",
    "agencies_accession": "UPDATE OF valid_from, valid_until, unit_id, secrecy_unit_id"
    " ON agencies_accession FOR EACH ROW",
    "agencies_account": "UPDATE ON agencies_account FOR EACH ROW"
    " WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)",
    "agencies_agency": "UPDATE ON agencies_agency FOR EACH ROW"
    " WHEN ((OLD.name, OLD.kind) IS DISTINCT FROM (NEW.name, NEW.kind))",
    "agencies_cell": "UPDATE ON agencies_cell FOR EACH ROW",
}

END_SESSION = f"""
CREATE FUNCTION agencies.end_session(shown text) RETURNS void LANGUAGE sql {DEFINER} AS $$
    DELETE FROM public.kernel_session
     WHERE token_hash = sha256(convert_to(nullif(shown, ''), 'UTF8'))
$$
"""

# The library saves every column of a device after each try. The sign-in role may therefore write
# them all, but this keeps it from changing anything except what a try leaves behind.
STEADY = """
CREATE FUNCTION agencies.device_stays_whose_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.user_id, NEW.key, NEW.confirmed, NEW.step, NEW.t0, NEW.digits, NEW.tolerance)
       IS DISTINCT FROM
       (OLD.id, OLD.user_id, OLD.key, OLD.confirmed, OLD.step, OLD.t0, OLD.digits, OLD.tolerance)
       OR NEW.last_t < OLD.last_t
    THEN
        RAISE EXCEPTION 'a device does not change hands' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER device_stays_whose_it_is BEFORE UPDATE ON otp_totp_totpdevice FOR EACH ROW
    WHEN (current_user = 'rempart_signin') EXECUTE FUNCTION agencies.device_stays_whose_it_is();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0001_initial"),
        ("kernel", "0002_sessions"),
        ("otp_totp", "0003_add_timestamps"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE SCHEMA IF NOT EXISTS agencies;"
            "GRANT CREATE, USAGE ON SCHEMA agencies TO rempart_maintenance;"
            "GRANT USAGE ON SCHEMA agencies TO rempart_runtime;"
            "DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO rempart_operator',"
            " current_database()); END $$;"
            "ALTER TABLE agencies_membership ADD CONSTRAINT agencies_membership_of_its_accession"
            " FOREIGN KEY (accession_id, cell_id, agency_id)"
            " REFERENCES agencies_accession (id, cell_id, agency_id);"
            "ALTER TABLE agencies_attempt ADD CONSTRAINT agencies_attempt_key_is_a_digest"
            " CHECK (length(key) = 32);",
            migrations.RunSQL.noop,
        ),
        # The national directory: public, so readable by every page, and written by nobody's page.
        *[Grant(table, "rempart_runtime", ("SELECT",)) for table in PUBLIC_TABLES],
        *[Grant(table, "rempart_operator", WRITES) for table in PUBLIC_TABLES],
        *[ScopeTable(table, read=rule) for table, rule in TENANT.items()],
        *[AllowRole(table, "rempart_operator", WRITES) for table in TENANT],
        AllowRole("agencies_cell", "rempart_auditor", columns=("id", "code")),
        # Credentials: no policy and no grant for the role that serves pages.
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
                migrations.RunSQL.noop,
            )
            for table in CREDENTIALS
        ],
        AllowRole("agencies_account", "rempart_signin", ("SELECT",)),
        AllowRole(
            "agencies_account", "rempart_signin", ("UPDATE",), columns=("password", "last_login")
        ),
        AllowRole("agencies_account", "rempart_operator", WRITES),
        AllowRole("agencies_account", "rempart_worker", ("SELECT",), columns=("id", "email")),
        AllowRole("agencies_attempt", "rempart_signin", (*WRITES, "DELETE")),
        AllowRole("otp_totp_totpdevice", "rempart_signin", ("SELECT", "UPDATE")),
        AllowRole("otp_totp_totpdevice", "rempart_operator", (*WRITES, "DELETE")),
        migrations.RunSQL(STEADY, "DROP FUNCTION agencies.device_stays_whose_it_is() CASCADE"),
        migrations.RunSQL(
            "GRANT USAGE ON SEQUENCE agencies_cell_id_seq TO rempart_operator;"
            "GRANT SELECT ON agencies_cell, agencies_agency, agencies_accession,"
            " agencies_membership TO rempart_maintenance;"
            "GRANT SELECT (id, is_active) ON agencies_account TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("agencies.reseat(uuid[])", RESEAT),
        MaintenanceFunction("agencies.seats_follow()", FOLLOW),
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER seats_follow AFTER {when} EXECUTE FUNCTION agencies.seats_follow()",
                f"DROP TRIGGER seats_follow ON {table}",
            )
            for table, when in WATCHED.items()
        ],
        MaintenanceFunction(
            "agencies.end_session(text)", END_SESSION, execute_by=("rempart_runtime",)
        ),
    ]
