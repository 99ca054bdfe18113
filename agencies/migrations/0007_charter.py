"""The charter and who signed which version of it; what is tied to a session follows its key."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import kernel.ids
from kernel.rls.operations import CELL, AllowRole, MaintenanceFunction, ScopeTable, has_role

FOLLOWS = """
ALTER TABLE agencies_provider_session DROP CONSTRAINT agencies_provider_session_ends_with_it;
ALTER TABLE agencies_provider_session ADD CONSTRAINT agencies_provider_session_ends_with_it
    FOREIGN KEY (token_hash) REFERENCES kernel_session (token_hash)
    ON UPDATE CASCADE ON DELETE CASCADE;
"""

DEFINER = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
MINE = f"{CELL} AND account_id = (SELECT kernel.session_account())"
FRESH = "(SELECT kernel.session_fresh())"
ADMINISTERS = has_role("cell_admin")

# A cell without any version has nothing that could be signed: nobody has signed it.
STANDS = f"""
CREATE FUNCTION agencies.charter_stands(in_cell int, account uuid) RETURNS boolean
LANGUAGE sql STABLE {DEFINER} AS $$
    SELECT EXISTS (
        SELECT FROM public.agencies_charter_signature s
         WHERE s.cell_id = in_cell AND s.account_id = account
           AND s.version = (SELECT max(c.version) FROM public.agencies_charter c
                             WHERE c.cell_id = in_cell))
$$
"""
SEAT_KNOWS = f"""
CREATE FUNCTION agencies.seat_knows_the_charter() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    NEW.charter_signed := agencies.charter_stands(NEW.cell_id, NEW.account_id);
    RETURN NEW;
END $$
"""
NUMBERED = f"""
CREATE FUNCTION agencies.charter_is_numbered() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    PERFORM FROM public.agencies_cell WHERE id = NEW.cell_id FOR UPDATE;
    SELECT coalesce(max(c.version), 0) + 1 INTO NEW.version
      FROM public.agencies_charter c WHERE c.cell_id = NEW.cell_id;
    NEW.adopted_at := now();
    RETURN NEW;
END $$
"""
SIGNED_NOW = f"""
CREATE FUNCTION agencies.newest_is_signed() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF NEW.version IS DISTINCT FROM (SELECT max(c.version) FROM public.agencies_charter c
                                      WHERE c.cell_id = NEW.cell_id)
    THEN
        RAISE EXCEPTION 'only the newest version can be signed'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.signed_at := now();
    RETURN NEW;
END $$
"""
SEATS_FOLLOW = f"""
CREATE FUNCTION agencies.seats_follow_charter() RETURNS trigger LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    IF TG_TABLE_NAME = 'agencies_charter' THEN
        UPDATE public.kernel_seat SET version = version + 1 WHERE cell_id = NEW.cell_id;
    ELSE
        UPDATE public.kernel_seat SET version = version + 1
         WHERE cell_id = NEW.cell_id AND account_id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$
"""
FIRST = f"""
CREATE FUNCTION agencies.cell_begins_with_a_charter() RETURNS trigger
LANGUAGE plpgsql {DEFINER} AS $$
BEGIN
    INSERT INTO public.agencies_charter (id, cell_id, edition, additions)
    VALUES (gen_random_uuid(), NEW.id, 1, '');
    RETURN NULL;
END $$
"""
TRIGGERS = """
CREATE TRIGGER knows_the_charter BEFORE INSERT OR UPDATE ON kernel_seat
    FOR EACH ROW EXECUTE FUNCTION agencies.seat_knows_the_charter();
CREATE TRIGGER numbered BEFORE INSERT ON agencies_charter
    FOR EACH ROW EXECUTE FUNCTION agencies.charter_is_numbered();
CREATE TRIGGER newest BEFORE INSERT ON agencies_charter_signature
    FOR EACH ROW EXECUTE FUNCTION agencies.newest_is_signed();
CREATE TRIGGER seats_follow AFTER INSERT ON agencies_charter
    FOR EACH ROW EXECUTE FUNCTION agencies.seats_follow_charter();
CREATE TRIGGER seats_follow AFTER INSERT ON agencies_charter_signature
    FOR EACH ROW EXECUTE FUNCTION agencies.seats_follow_charter();
CREATE TRIGGER begins_with_a_charter AFTER INSERT ON agencies_cell
    FOR EACH ROW EXECUTE FUNCTION agencies.cell_begins_with_a_charter();
"""

# Cells that are already there get the first version like new ones; row security would hide them
# from the owner who migrates.
CELLS_OF_BEFORE = f"""
CREATE FUNCTION agencies.begin_all() RETURNS void LANGUAGE sql {DEFINER} AS $$
    INSERT INTO public.agencies_charter (id, cell_id, edition, additions)
    SELECT gen_random_uuid(), c.id, 1, '' FROM public.agencies_cell c;
$$
"""


class Migration(migrations.Migration):
    dependencies = [("agencies", "0006_oidc"), ("kernel", "0005_session_life")]

    operations = [
        migrations.RunSQL(FOLLOWS, migrations.RunSQL.noop),
        migrations.CreateModel(
            name="Charter",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("version", models.IntegerField(db_default=0)),
                ("edition", models.IntegerField()),
                ("additions", models.TextField(blank=True, default="")),
                ("adopted_by", models.UUIDField(null=True)),
                (
                    "adopted_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charters",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_charter",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "version"), name="agencies_charter_version"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("edition__gte", 1), ("version__gte", 1)),
                        name="agencies_charter_bounds",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CharterSignature",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=kernel.ids.uuid7, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("account_id", models.UUIDField()),
                ("seat_id", models.UUIDField()),
                ("version", models.IntegerField()),
                (
                    "signed_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now()),
                ),
                (
                    "cell",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.cell",
                    ),
                ),
            ],
            options={
                "db_table": "agencies_charter_signature",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("cell", "account_id", "version"),
                        name="agencies_charter_signed_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(
            "GRANT SELECT, INSERT ON agencies_charter TO rempart_maintenance;"
            "GRANT SELECT ON agencies_charter_signature TO rempart_maintenance;"
            "GRANT UPDATE (id) ON agencies_cell TO rempart_maintenance;",
            migrations.RunSQL.noop,
        ),
        # Read before it is signed: the cell is known to a seat even then. Adopted by those who
        # administer the cell, who have signed the version before.
        ScopeTable(
            "agencies_charter",
            read=CELL,
            insert=f"{CELL} AND {ADMINISTERS} AND {FRESH}"
            " AND adopted_by = (SELECT kernel.session_seat())",
            insert_columns=(
                *("id", "cell_id", "version", "edition", "additions", "adopted_by"),
                "adopted_at",
            ),
        ),
        AllowRole("agencies_charter", "rempart_operator", ("SELECT",)),
        ScopeTable(
            "agencies_charter_signature",
            read=f"{CELL} AND (account_id = (SELECT kernel.session_account()) OR {ADMINISTERS})",
            insert=f"{MINE} AND seat_id = (SELECT kernel.session_seat()) AND {FRESH}",
            insert_columns=("id", "cell_id", "account_id", "seat_id", "version", "signed_at"),
        ),
        AllowRole("agencies_charter_signature", "rempart_operator", ("SELECT",)),
        MaintenanceFunction("agencies.charter_stands(int, uuid)", STANDS),
        MaintenanceFunction("agencies.seat_knows_the_charter()", SEAT_KNOWS),
        MaintenanceFunction("agencies.charter_is_numbered()", NUMBERED),
        MaintenanceFunction("agencies.newest_is_signed()", SIGNED_NOW),
        MaintenanceFunction("agencies.seats_follow_charter()", SEATS_FOLLOW),
        MaintenanceFunction("agencies.cell_begins_with_a_charter()", FIRST),
        migrations.RunSQL(TRIGGERS, migrations.RunSQL.noop),
        MaintenanceFunction("agencies.begin_all()", CELLS_OF_BEFORE, execute_by=("rempart_owner",)),
        migrations.RunSQL(
            "SELECT agencies.begin_all(); DROP FUNCTION agencies.begin_all();",
            migrations.RunSQL.noop,
        ),
    ]
