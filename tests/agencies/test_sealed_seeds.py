"""A copy of the database shows nobody's codes: seeds are sealed, and bound to their rows."""

import importlib
import os
import subprocess

import psycopg
import pytest
from django.apps import apps
from django.db import connections, transaction

from agencies.models import Authenticator
from agencies.models.backup import plain
from agencies.services.backup_codes import print_codes
from agencies.services.factors import check
from kernel.crypto.keyring import CannotDecrypt
from tests.agencies.factories import a_person, an_accession, an_origin
from tests.support.database import admin, as_role
from tests.support.searching import database_name, tables_holding

CONSTRAINT = "agencies_seed_is_sealed"
MIGRATION = importlib.import_module("agencies.migrations.0005_factors")


@pytest.fixture(autouse=True)
def as_found(database):
    """Nothing here leaves a seed that no key opens: other tests change the key of all of them."""
    with admin(database_name()) as connection:
        [known] = connection.execute("SELECT array_agg(id) FROM otp_totp_totpdevice").fetchone()
        [constraint] = connection.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s", [CONSTRAINT]
        ).fetchone()
    yield
    with admin(database_name()) as connection:
        connection.execute("DELETE FROM otp_totp_totpdevice WHERE id <> ALL (%s)", [known or []])
        connection.execute(f"ALTER TABLE otp_totp_totpdevice DROP CONSTRAINT {CONSTRAINT}")
        connection.execute(
            f"ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT {CONSTRAINT} {constraint}"
        )


def dump() -> str:
    """Everything that pg_dump takes away: what a thief of a backup has."""
    with admin(database_name()) as connection:
        folder = connection.execute("SELECT setting FROM pg_config WHERE name='BINDIR'").fetchone()
        parts = connection.info
        done = subprocess.run(
            [f"{folder[0]}/pg_dump", "--data-only", "-h", parts.host, "-p", str(parts.port),
             "-U", parts.user, parts.dbname],
            env=os.environ | {"PGPASSWORD": parts.password},
            capture_output=True,
            text=True,
            check=True,
        )  # fmt: skip
    return done.stdout


def test_a_dump_holds_no_seed_and_no_backup_code(gendarme):
    codes = print_codes(gendarme.account_id)
    seed = gendarme.device.bin_key
    secrets = [seed.hex(), *codes, *map(plain, codes)]
    found = [secret for secret in secrets if tables_holding(secret)]
    assert found == []
    taken = dump()
    assert gendarme.email in taken
    assert [secret for secret in secrets if secret in taken.lower()] == []
    assert gendarme.device.config_url.split("secret=")[1][:32] not in taken


def test_a_seed_moved_to_another_row_does_not_open(gendarme):
    other = a_person(None)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE otp_totp_totpdevice SET key = (SELECT key FROM otp_totp_totpdevice"
            " WHERE id = %s) WHERE id = %s",
            [gendarme.device.pk, other.device.pk],
        )
    moved = Authenticator.objects.using("signin").get(pk=other.device.pk)
    with pytest.raises(CannotDecrypt):
        _ = moved.bin_key


def test_a_seed_given_to_another_account_does_not_open(gendarme):
    other = a_person(None)
    with admin(database_name()) as connection:
        connection.execute(
            "UPDATE otp_totp_totpdevice SET user_id = %s WHERE id = %s",
            [other.account_id, gendarme.device.pk],
        )
    with pytest.raises(CannotDecrypt):
        _ = Authenticator.objects.using("signin").get(pk=gendarme.device.pk).bin_key


@pytest.mark.parametrize("key", ["", "0" * 40, "f" * 72])
def test_the_database_takes_no_seed_that_is_not_sealed(gendarme, key):
    with as_role("operator") as connection, pytest.raises(psycopg.errors.CheckViolation):
        connection.execute(
            "UPDATE otp_totp_totpdevice SET key = %s WHERE id = %s", [key, gendarme.device.pk]
        )


def test_seeds_from_before_are_sealed_and_still_give_the_same_codes(cell):
    """The migration itself, on a row as the version before this one wrote it."""
    person = a_person(an_accession(cell))
    seed = person.device.bin_key
    with admin(database_name()) as connection:
        connection.execute(
            "ALTER TABLE otp_totp_totpdevice DROP CONSTRAINT agencies_seed_is_sealed"
        )
        connection.execute(
            "UPDATE otp_totp_totpdevice SET key = %s WHERE id = %s", [seed.hex(), person.device.pk]
        )
    with transaction.atomic(using="owner"):
        MIGRATION.seal_seeds(apps, connections["owner"].schema_editor())
        with connections["owner"].cursor() as cursor:
            cursor.execute(
                "ALTER TABLE otp_totp_totpdevice ADD CONSTRAINT agencies_seed_is_sealed"
                " CHECK (length(key) = 72 AND starts_with(key, 'AQAA'))"
            )
    assert tables_holding(seed.hex()) == []
    assert Authenticator.objects.using("signin").get(pk=person.device.pk).bin_key == seed
    check(an_origin(), account_id=person.account_id, kind="totp", answer=person.code())
    with admin(database_name()) as connection:
        forced = connection.execute(
            "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'otp_totp_totpdevice'"
        ).fetchone()
    assert forced == (True,)
