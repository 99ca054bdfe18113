"""Second factors: sealed seeds, passkeys, backup codes, and losing everything."""

import re

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import kernel.ids
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

GUARDED = (
    "agencies_backup_sheet",
    "agencies_backup_code",
    "agencies_ceremony",
    "django_otp_webauthn_webauthncredential",
    "django_otp_webauthn_webauthnattestation",
    "django_otp_webauthn_webauthnuserhandle",
)
ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
CLEAR = re.compile(r"[0-9a-f]{40}")

# The person, who may call it off; those who administer the cell; the lead of the person's agency.
CONCERNED = f"""{CELL} AND (
    account_id = (SELECT kernel.session_account())
    OR {has_role("cell_admin")}
    OR {has_role("agency_lead")} AND agency_id = (SELECT kernel.session_agency())
)"""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

# The library saves every column of a device after each try, and a person may name their own. This
# keeps the sign-in role from changing anything else: a seed and its owner stay for ever, a code
# that has served stays used, and what has been confirmed stays confirmed.
STEADY = """
CREATE OR REPLACE FUNCTION agencies.device_stays_whose_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.user_id, NEW.key, NEW.step, NEW.t0, NEW.digits, NEW.tolerance)
       IS DISTINCT FROM
       (OLD.id, OLD.user_id, OLD.key, OLD.step, OLD.t0, OLD.digits, OLD.tolerance)
       OR NEW.last_t < OLD.last_t OR OLD.confirmed AND NOT NEW.confirmed
    THEN
        RAISE EXCEPTION 'a device does not change hands' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION agencies.passkey_stays_whose_it_is() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.user_id, NEW.credential_id, NEW.credential_id_sha256, NEW.public_key)
       IS DISTINCT FROM
       (OLD.id, OLD.user_id, OLD.credential_id, OLD.credential_id_sha256, OLD.public_key)
       OR NEW.sign_count < OLD.sign_count
    THEN
        RAISE EXCEPTION 'a passkey does not change hands' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER passkey_stays_whose_it_is BEFORE UPDATE ON django_otp_webauthn_webauthncredential
    FOR EACH ROW EXECUTE FUNCTION agencies.passkey_stays_whose_it_is();
CREATE FUNCTION agencies.used_code_stays_used() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.sheet_id, NEW.digest) IS DISTINCT FROM (OLD.id, OLD.sheet_id, OLD.digest)
       OR OLD.used_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'a code serves once' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER used_code_stays_used BEFORE UPDATE ON agencies_backup_code
    FOR EACH ROW EXECUTE FUNCTION agencies.used_code_stays_used();
"""

# Whoever has left the cell is no longer the cell's to help: that ends with the seat.
HASHED = "^argon2[$]argon2id[$]v=19[$]m=[0-9]+,t=[0-9]+,p=[0-9]+[$][^$]{16,}[$][^$]{16,}$"
STILL_THERE = """EXISTS (
        SELECT FROM public.kernel_seat s
         WHERE s.account_id = {0}.account_id AND s.cell_id = {0}.cell_id
           AND now() >= s.valid_from AND now() < s.valid_until)"""

# Nothing new while a request is open; one that nobody has answered in time makes room.
ASK = f"""
CREATE FUNCTION agencies.ask_replacement(
    number uuid, person uuid, in_cell int, of_agency uuid, wait int, kept int
) RETURNS boolean LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.agencies_replacement SET cancelled_at = now()
     WHERE cell_id = in_cell AND account_id = person AND now() >= expires_at
       AND used_at IS NULL AND cancelled_at IS NULL;
    INSERT INTO public.agencies_replacement
           (id, cell_id, account_id, agency_id, asked_at, expires_at, wait_seconds)
    VALUES (number, in_cell, person, of_agency, now(), now() + make_interval(secs => kept), wait)
        ON CONFLICT (cell_id, account_id) WHERE used_at IS NULL AND cancelled_at IS NULL
        DO NOTHING;
    RETURN FOUND;
END $$
"""

# Two different people, neither of them the person; one of them administers the cell, the other
# does too or leads the person's agency; both have just shown a factor. The wait starts with the
# second one, by the database's own clock.
APPROVE = f"""
CREATE FUNCTION agencies.approve_replacement(wanted uuid) RETURNS timestamptz
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE
    me uuid := kernel.session_account();
    asked public.agencies_replacement;
    mine text;
BEGIN
    SELECT * INTO asked FROM public.agencies_replacement r
     WHERE r.id = wanted AND r.cell_id = kernel.session_cell() FOR UPDATE;
    mine := CASE
        WHEN kernel.session_has('cell_admin') THEN 'cell_admin'
        WHEN kernel.session_has('agency_lead') AND asked.agency_id = kernel.session_agency()
        THEN 'agency_lead' END;
    IF asked.id IS NULL OR mine IS NULL OR me = asked.account_id OR NOT kernel.session_fresh()
       OR asked.used_at IS NOT NULL OR asked.cancelled_at IS NOT NULL
       OR now() >= asked.expires_at OR asked.second_by IS NOT NULL OR asked.first_by = me
       OR mine = 'agency_lead' AND asked.first_role = 'agency_lead'
       OR NOT {STILL_THERE.format("asked")}
    THEN
        RAISE EXCEPTION 'not for this session to agree to'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF asked.first_by IS NULL THEN
        UPDATE public.agencies_replacement
           SET first_by = me, first_role = mine, first_at = now() WHERE id = wanted;
        RETURN NULL;
    END IF;
    UPDATE public.agencies_replacement
       SET second_by = me, second_role = mine,
           opens_at = now() + make_interval(secs => asked.wait_seconds),
           expires_at = greatest(asked.expires_at,
                                 now() + make_interval(secs => asked.wait_seconds, days => 3))
     WHERE id = wanted RETURNING opens_at INTO asked.opens_at;
    RETURN asked.opens_at;
END $$
"""

LINK = f"""
CREATE FUNCTION agencies.link_replacement(wanted uuid, digest bytea, lasts int)
RETURNS timestamptz LANGUAGE plpgsql {DEFINER} AS $$
DECLARE until timestamptz;
BEGIN
    UPDATE public.agencies_replacement r
       SET link_digest = digest, link_by = kernel.session_account(),
           link_until = now() + make_interval(secs => least(lasts, 3600))
     WHERE id = wanted AND cell_id = kernel.session_cell()
       AND kernel.session_has('cell_admin') AND kernel.session_fresh()
       AND account_id <> kernel.session_account()
       AND now() >= opens_at AND now() < expires_at AND used_at IS NULL AND cancelled_at IS NULL
       AND {STILL_THERE.format("r")}
    RETURNING link_until INTO until;
    IF until IS NULL THEN
        RAISE EXCEPTION 'not for this session to hand out'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN until;
END $$
"""

CANCEL = f"""
CREATE FUNCTION agencies.cancel_replacement(wanted uuid) RETURNS boolean
LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    UPDATE public.agencies_replacement
       SET cancelled_at = now(), cancelled_by = kernel.session_account()
     WHERE id = wanted AND cell_id = kernel.session_cell()
       AND used_at IS NULL AND cancelled_at IS NULL
       AND (account_id = kernel.session_account() OR kernel.session_has('cell_admin')
            OR kernel.session_has('agency_lead') AND agency_id = kernel.session_agency());
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    -- Whoever did not ask for it did not ask for it in another cell either.
    UPDATE public.agencies_replacement
       SET cancelled_at = now(), cancelled_by = kernel.session_account()
     WHERE account_id = kernel.session_account() AND used_at IS NULL AND cancelled_at IS NULL;
    RETURN true;
END $$
"""

# The link is used and its request closed in one statement: a second use finds nothing. The link alone
# replaces nothing: the account has a password, which is asked for beside it.
USE = f"""
CREATE FUNCTION agencies.use_replacement(shown bytea) RETURNS uuid
LANGUAGE plpgsql {DEFINER} AS $$
DECLARE person uuid;
BEGIN
    UPDATE public.agencies_replacement r SET used_at = now()
     WHERE link_digest = shown AND used_at IS NULL AND cancelled_at IS NULL
       AND now() >= opens_at AND now() < link_until AND {STILL_THERE.format("r")}
       AND EXISTS (SELECT FROM public.agencies_account a WHERE a.id = r.account_id
                      AND a.is_active AND a.password ~ '{HASHED}')
    RETURNING account_id INTO person;
    UPDATE public.agencies_replacement SET cancelled_at = now()
     WHERE account_id = person AND used_at IS NULL AND cancelled_at IS NULL;
    RETURN person;
END $$
"""


def seal_seeds(apps, schema_editor):
    """Put every seed that is still readable under the root key.

    The owner of the table is held by its row security like everybody else, so that is lifted for
    this transaction, which holds the table alone.
    """
    from agencies.models.authenticator import seal_seed

    with schema_editor.connection.cursor() as cursor:
        cursor.execute("ALTER TABLE otp_totp_totpdevice NO FORCE ROW LEVEL SECURITY")
        cursor.execute("SELECT id, user_id, key FROM otp_totp_totpdevice")
        for number, account_id, key in cursor.fetchall():
            if CLEAR.fullmatch(key):
                sealed = seal_seed(bytes.fromhex(key), number, account_id)
                cursor.execute(
                    "UPDATE otp_totp_totpdevice SET key = %s WHERE id = %s", [sealed, number]
                )
        cursor.execute("ALTER TABLE otp_totp_totpdevice FORCE ROW LEVEL SECURITY")


class Migration(migrations.Migration):
    dependencies = [
        ("agencies", "0004_invitations"),
        ("kernel", "0004_fresh_factor"),
        ("otp_totp", "0003_add_timestamps"),
        ("django_otp_webauthn", "0004_webauthnuserhandle"),
    ]

    operations = [
        migrations.CreateModel(
            name="Authenticator",
            fields=[],
            options={
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("otp_totp.totpdevice",),
        ),
        migrations.CreateModel(
            name="BackupSheet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(
                        help_text="The human-readable name of this device.", max_length=64
                    ),
                ),
                (
                    "confirmed",
                    models.BooleanField(default=True, help_text="Is this device ready for use?"),
                ),
                (
                    "throttling_failure_timestamp",
                    models.DateTimeField(
                        blank=True,
                        default=None,
                        help_text="A timestamp of the last failed verification attempt. Null if last attempt succeeded.",
                        null=True,
                    ),
                ),
                (
                    "throttling_failure_count",
                    models.PositiveIntegerField(
                        default=0, help_text="Number of successive failed attempts."
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        auto_now_add=True,
                        help_text="The date and time when this device was initially created in the system.",
                        null=True,
                    ),
                ),
                (
                    "last_used_at",
                    models.DateTimeField(
                        blank=True,
                        help_text="The most recent date and time this device was used.",
                        null=True,
                    ),
                ),
                ("salt", models.BinaryField(max_length=16)),
                (
                    "user",
                    models.ForeignKey(
                        help_text="The user that this device belongs to.",
                        on_delete=django.db.models.deletion.CASCADE,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "agencies_backup_sheet",
            },
        ),
        migrations.CreateModel(
            name="Ceremony",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField(null=True)),
                ("purpose", models.TextField(choices=[("show", "Show"), ("enrol", "Enrol")])),
                ("state", models.JSONField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "agencies_ceremony",
                "indexes": [models.Index(fields=["expires_at"], name="agencies_ceremony_old")],
            },
        ),
        migrations.CreateModel(
            name="Replacement",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("cell_id", models.IntegerField()),
                ("account_id", models.UUIDField(db_index=True)),
                ("agency_id", models.UUIDField()),
                ("asked_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("wait_seconds", models.IntegerField()),
                ("first_by", models.UUIDField(null=True)),
                ("first_role", models.TextField(null=True)),
                ("first_at", models.DateTimeField(null=True)),
                ("second_by", models.UUIDField(null=True)),
                ("second_role", models.TextField(null=True)),
                ("opens_at", models.DateTimeField(null=True)),
                ("link_digest", models.BinaryField(max_length=32, null=True)),
                ("link_by", models.UUIDField(null=True)),
                ("link_until", models.DateTimeField(null=True)),
                ("used_at", models.DateTimeField(null=True)),
                ("cancelled_at", models.DateTimeField(null=True)),
                ("cancelled_by", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "agencies_replacement",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at", None), ("used_at", None)),
                        fields=("cell_id", "account_id"),
                        name="agencies_replacement_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("first_by", None),
                                models.Q(("first_by", models.F("account_id")), _negated=True),
                                _connector="OR",
                            ),
                            models.Q(
                                ("second_by", None),
                                models.Q(
                                    ("first_by__isnull", False),
                                    models.Q(("second_by", models.F("account_id")), _negated=True),
                                    models.Q(("second_by", models.F("first_by")), _negated=True),
                                    models.Q(
                                        ("first_role", "cell_admin"),
                                        ("second_role", "cell_admin"),
                                        _connector="OR",
                                    ),
                                ),
                                _connector="OR",
                            ),
                        ),
                        name="agencies_replacement_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("link_digest", None),
                                ("opens_at", None),
                                ("second_by", None),
                                ("used_at", None),
                            ),
                            models.Q(
                                ("opens_at__isnull", False),
                                ("second_by__isnull", False),
                                models.Q(
                                    models.Q(("link_digest", None), ("used_at", None)),
                                    ("link_digest__isnull", False),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("link_by", None),
                                    models.Q(("link_by", models.F("account_id")), _negated=True),
                                    _connector="OR",
                                ),
                                models.Q(
                                    ("used_at", None),
                                    models.Q(
                                        ("cancelled_at", None),
                                        ("used_at__gte", models.F("opens_at")),
                                    ),
                                    _connector="OR",
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="agencies_replacement_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wait_seconds__gte", 0)),
                        name="agencies_replacement_waits",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BackupCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "sheet",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="codes",
                        to="agencies.backupsheet",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_backup_code",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("sheet", "digest"), name="agencies_backup_code_once"
                    )
                ],
            },
        ),
        migrations.RunPython(seal_seeds, migrations.RunPython.noop),
        migrations.RunSQL(
            # The shape of what the root key has sealed: a seed of 20 bytes, in base 64.
            "ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT agencies_seed_is_sealed"
            " CHECK (length(key) = 72 AND starts_with(key, 'AQAA'));"
            "ALTER TABLE agencies_backup_code ADD CONSTRAINT agencies_backup_code_is_hashed"
            " CHECK (length(digest) = 32);"
            "ALTER TABLE agencies_replacement ADD CONSTRAINT agencies_replacement_link_is_hashed"
            " CHECK (length(link_digest) = 32);",
            migrations.RunSQL.noop,
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
                migrations.RunSQL.noop,
            )
            for table in GUARDED
        ],
        AllowRole("otp_totp_totpdevice", "rempart_signin", ("INSERT", "DELETE")),
        *[
            AllowRole(table, "rempart_signin", ALL)
            for table in GUARDED
            if table != "django_otp_webauthn_webauthnattestation"
        ],
        # A command that hands out a new authenticator takes the other factors away.
        *[
            AllowRole(table, "rempart_operator", ("SELECT", "DELETE"))
            for table in (
                "agencies_backup_sheet",
                "agencies_backup_code",
                "django_otp_webauthn_webauthncredential",
                "django_otp_webauthn_webauthnattestation",
            )
        ],
        # Always empty; Django looks there when it deletes a passkey.
        AllowRole(
            "django_otp_webauthn_webauthnattestation", "rempart_signin", ("SELECT", "DELETE")
        ),
        migrations.RunSQL(
            "GRANT USAGE ON SEQUENCE otp_totp_totpdevice_id_seq"
            " TO rempart_operator, rempart_signin;",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(STEADY, migrations.RunSQL.noop),
        # What the sign-in role may owe to people: that something about their factors has changed.
        migrations.RunSQL(
            "CREATE POLICY signin_tells_of_factors ON kernel_outbox FOR INSERT TO rempart_signin"
            " WITH CHECK (starts_with(kind, 'factor.'));"
            "GRANT INSERT (cell_id, event_id, recipient, channel, kind, subject_id, created_at,"
            " due_at, attempts, last_error) ON kernel_outbox TO rempart_signin;"
            "GRANT USAGE ON SEQUENCE kernel_outbox_id_seq TO rempart_signin;",
            migrations.RunSQL.noop,
        ),
        ScopeTable("agencies_replacement", read=CONCERNED),
        AllowRole("agencies_replacement", "rempart_signin", ("SELECT",)),
        migrations.RunSQL(
            "GRANT SELECT, INSERT, UPDATE ON agencies_replacement TO rempart_maintenance;"
            "GRANT SELECT (password) ON agencies_account TO rempart_maintenance;"
            # A password is a hash of ours, or none that anything could match.
            "ALTER TABLE agencies_account ADD CONSTRAINT agencies_account_password_is_hashed"
            f" CHECK (password ~ '{HASHED}' OR starts_with(password, '!'));"
            "GRANT USAGE ON SCHEMA agencies TO rempart_signin;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction(
            "agencies.ask_replacement(uuid, uuid, int, uuid, int, int)",
            ASK,
            execute_by=("rempart_signin",),
        ),
        MaintenanceFunction(
            "agencies.approve_replacement(uuid)", APPROVE, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "agencies.link_replacement(uuid, bytea, int)", LINK, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction(
            "agencies.cancel_replacement(uuid)", CANCEL, execute_by=("rempart_runtime",)
        ),
        MaintenanceFunction("agencies.use_replacement(bytea)", USE, execute_by=("rempart_signin",)),
    ]
