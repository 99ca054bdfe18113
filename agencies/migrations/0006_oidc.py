"""Signing in through an identity provider: identities, allow-lists, and what ends with what."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

import kernel.clock
import kernel.ids
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

IDP_FORM = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$"
SIGNIN = "rempart_signin"
ADMIN = f"{CELL} AND {has_role('cell_admin')}"
FRESH = f"{ADMIN} AND (SELECT kernel.session_fresh())"
CREDENTIALS = (
    "agencies_identity",
    "agencies_provider_flow",
    "agencies_provider_session",
    "agencies_provider_spent",
)

# An identity is linked by its person, signed in with a fresh factor, or to an account that nobody
# has ever signed in to: somebody who joins.
THEIRS = "account_id = (SELECT kernel.session_account()) AND (SELECT kernel.session_fresh())"
JOINING = (
    "EXISTS (SELECT FROM agencies_account a WHERE a.id = account_id AND a.is_active"
    " AND a.last_login IS NULL)"
)

# The wall behind the sign-in pages: no seat of a cell through a provider that the cell does not
# accept, whichever code opens the session or moves it to another seat.
ACCEPTED = """
CREATE FUNCTION agencies.provider_is_accepted(through text, seat uuid) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM public.kernel_seat k
          JOIN public.agencies_allowed_provider p ON p.cell_id = k.cell_id
         WHERE k.id = seat AND p.idp_id = through)
$$;
CREATE FUNCTION agencies.provider_session_is_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT agencies.provider_is_accepted(NEW.idp_id, (
        SELECT s.seat_id FROM public.kernel_session s WHERE s.token_hash = NEW.token_hash))
    THEN
        RAISE EXCEPTION 'this cell does not accept this provider'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE FUNCTION agencies.moved_session_is_accepted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM public.agencies_provider_session p WHERE p.token_hash = NEW.token_hash
                 AND NOT agencies.provider_is_accepted(p.idp_id, NEW.seat_id))
    THEN
        RAISE EXCEPTION 'this cell does not accept this provider'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER accepted BEFORE INSERT OR UPDATE ON agencies_provider_session
    FOR EACH ROW EXECUTE FUNCTION agencies.provider_session_is_accepted();
CREATE TRIGGER accepted BEFORE UPDATE OF seat_id ON kernel_session
    FOR EACH ROW EXECUTE FUNCTION agencies.moved_session_is_accepted();
REVOKE ALL ON FUNCTION agencies.provider_is_accepted(text, uuid),
    agencies.provider_session_is_accepted(), agencies.moved_session_is_accepted() FROM PUBLIC;
GRANT USAGE ON SCHEMA agencies TO rempart_signin;
GRANT EXECUTE ON FUNCTION agencies.provider_is_accepted(text, uuid)
    TO rempart_signin, rempart_maintenance;
ALTER TABLE agencies_provider_session ADD CONSTRAINT agencies_provider_session_ends_with_it
    FOREIGN KEY (token_hash) REFERENCES kernel_session (token_hash) ON DELETE CASCADE;
ALTER TABLE agencies_provider_flow ADD CONSTRAINT agencies_provider_flow_purpose
    CHECK (purpose IN ('sign_in', 'link', 'join', 'step_up') AND length(state_hash) = 32
           AND length(browser) = 32
           AND (purpose IN ('link', 'step_up')) = (account_id IS NOT NULL));
"""

NO_LONGER = """
CREATE FUNCTION agencies.provider_no_longer_accepted() RETURNS trigger LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM public.kernel_session s USING public.agencies_provider_session p,
           public.kernel_seat k
     WHERE p.token_hash = s.token_hash AND p.idp_id = OLD.idp_id
       AND k.id = s.seat_id AND k.cell_id = OLD.cell_id;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0005_factors"), ("kernel", "0004_fresh_factor")]

    operations = [
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("issuer", models.TextField()),
                ("idp_id", models.TextField()),
                ("subject", models.TextField()),
                ("linked_at", models.DateTimeField(default=kernel.clock.now)),
                ("last_used_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="agencies.account",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_identity",
                "indexes": [
                    models.Index(fields=["issuer", "subject"], name="agencies_identity_subject")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("issuer", "idp_id", "subject"),
                        name="agencies_identity_of_one_account",
                        violation_error_message="Cette identité est déjà associée à un compte.",
                    ),
                    models.CheckConstraint(
                        condition=~Q(issuer="") & ~Q(subject="") & Q(idp_id__regex=IDP_FORM),
                        name="agencies_identity_whole",
                        violation_error_message="Une identité est incomplète.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AllowedProvider",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("idp_id", models.TextField()),
                ("name", models.TextField()),
                ("added_at", models.DateTimeField(default=kernel.clock.now)),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="allowed_providers",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_allowed_provider",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "idp_id"),
                        name="agencies_allowed_provider_once",
                        violation_error_message="Ce fournisseur est déjà accepté par la cellule.",
                    ),
                    models.CheckConstraint(
                        condition=Q(idp_id__regex=IDP_FORM) & ~Q(name=""),
                        name="agencies_allowed_provider_form",
                        violation_error_message="Un fournisseur a un identifiant et un nom.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProviderFlow",
            fields=[
                (
                    "state_hash",
                    models.BinaryField(max_length=32, primary_key=True, serialize=False),
                ),
                ("browser", models.BinaryField(max_length=32)),
                ("purpose", models.TextField()),
                ("account_id", models.UUIDField(null=True)),
                ("target", models.TextField()),
                ("started_at", models.DateTimeField(default=kernel.clock.now)),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "agencies_provider_flow"},
        ),
        migrations.CreateModel(
            name="ProviderSession",
            fields=[
                ("token_hash", models.BinaryField(primary_key=True, serialize=False)),
                ("idp_id", models.TextField()),
                ("sid_hash", models.BinaryField(db_index=True, null=True)),
                ("hint", models.BinaryField()),
                ("end_session", models.TextField(blank=True, default="")),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to="agencies.identity",
                    ),
                ),
            ],
            options={"db_table": "agencies_provider_session"},
        ),
        migrations.CreateModel(
            name="ProviderSpent",
            fields=[
                ("key", models.BinaryField(max_length=32, primary_key=True, serialize=False)),
                ("ends_at", models.DateTimeField(db_index=True)),
            ],
            options={"db_table": "agencies_provider_spent"},
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
                f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
                migrations.RunSQL.noop,
            )
            for table in CREDENTIALS
        ],
        migrations.RunSQL(ACCEPTED, migrations.RunSQL.noop),
        migrations.RunSQL(
            "GRANT EXECUTE ON FUNCTION kernel.session_fresh() TO rempart_signin;"
            f"CREATE POLICY signin_insert ON agencies_identity FOR INSERT TO {SIGNIN}"
            f" WITH CHECK (({THEIRS}) OR {JOINING});"
            f"GRANT INSERT ON agencies_identity TO {SIGNIN};",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            f"CREATE POLICY signin_tells_of_identities ON kernel_outbox FOR INSERT TO {SIGNIN}"
            " WITH CHECK (starts_with(kind, 'identity.'));",
            migrations.RunSQL.noop,
        ),
        AllowRole("agencies_identity", SIGNIN, ("SELECT",)),
        AllowRole("agencies_identity", SIGNIN, ("DELETE",), expression=THEIRS),
        AllowRole("agencies_identity", SIGNIN, ("UPDATE",), columns=("last_used_at",)),
        AllowRole("agencies_identity", "rempart_operator", ("SELECT", "DELETE")),
        AllowRole("agencies_provider_flow", SIGNIN, ("SELECT", "INSERT", "UPDATE", "DELETE")),
        AllowRole("agencies_provider_session", SIGNIN, ("SELECT", "INSERT", "UPDATE", "DELETE")),
        AllowRole("agencies_provider_session", "rempart_operator", ("SELECT", "DELETE")),
        AllowRole("agencies_provider_spent", SIGNIN, ("SELECT", "INSERT", "UPDATE", "DELETE")),
        ScopeTable("agencies_allowed_provider", read=ADMIN, insert=FRESH, delete=FRESH),
        AllowRole("agencies_allowed_provider", SIGNIN, ("SELECT",)),
        AllowRole("agencies_allowed_provider", "rempart_operator", ("SELECT", "INSERT", "DELETE")),
        migrations.RunSQL(
            "GRANT SELECT ON agencies_provider_session, agencies_allowed_provider"
            " TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        MaintenanceFunction("agencies.provider_no_longer_accepted()", NO_LONGER),
        migrations.RunSQL(
            "CREATE TRIGGER no_longer_accepted AFTER DELETE ON agencies_allowed_provider"
            " FOR EACH ROW EXECUTE FUNCTION agencies.provider_no_longer_accepted();",
            migrations.RunSQL.noop,
        ),
    ]
