"""The root key is changed while people work, and what it wrapped before opens nothing any more."""

import io
import secrets

import pytest
from django.core.management import call_command

from agencies.models import Authenticator
from kernel.crypto.keyring import CannotDecrypt, open_rings
from kernel.crypto.periods import period_context
from kernel.scope import acting_as
from referrals.casefile.selectors import case_file
from tests.support.keys import forget_keys, keys_put_back
from tests.support.vault import TOKEN, a_vault


@pytest.fixture(autouse=True)
def put_back(database):
    with keys_put_back() as connection:
        yield connection


def opened(world, case_id):
    forget_keys()
    with acting_as(world.coordinator.viewer) as viewer:
        return case_file(viewer, case_id).contents


def wrapped(connection, world):
    row = connection.execute(
        "SELECT cell_id, period, generation, wrapped FROM kernel_period_key WHERE cell_id = %s",
        [world.cell.pk],
    ).fetchone()
    return period_context(*row[:3]), bytes(row[3])


def test_everything_goes_over_to_the_new_key_and_the_old_one_can_be_destroyed(
    world, put_back, settings
):
    case_id, person = world.submitted(mark=" clé"), world.gendarme.person
    before, seed = opened(world, case_id), person.device.bin_key
    context, stolen = wrapped(put_back, world)
    old, new = settings.ROOT_KEYS.strip(), secrets.token_hex(32)
    settings.ROOT_KEYS = f"{old} {new}"
    said = io.StringIO()
    call_command("rotate_root_key", stdout=said)
    assert opened(world, case_id) == before
    settings.ROOT_KEYS = f"destroyed {new}"
    assert opened(world, case_id) == before
    assert Authenticator.objects.using("signin").get(pk=person.device.pk).bin_key == seed
    # What somebody took out of an older backup opens with nothing that is left.
    with pytest.raises(CannotDecrypt):
        open_rings().unwrap(stolen, context)
    left = io.StringIO()
    call_command("rotate_root_key", "--check", stdout=left)
    assert left.getvalue().strip().endswith(": 0")


def test_breaking_off_and_beginning_again_changes_nothing_twice(world, put_back, settings):
    case_id = world.submitted()
    before = opened(world, case_id)
    settings.ROOT_KEYS = f"{settings.ROOT_KEYS.strip()} {secrets.token_hex(32)}"
    call_command("rotate_root_key", stdout=io.StringIO())
    context, once = wrapped(put_back, world)
    call_command("rotate_root_key", stdout=io.StringIO())
    assert wrapped(put_back, world) == (context, once)
    assert opened(world, case_id) == before


def test_the_root_key_moves_into_a_vault(world, settings, tmp_path):
    case_id, person = world.submitted(), world.gendarme.person
    before, seed = opened(world, case_id), person.device.bin_key
    token = tmp_path / "token"
    token.write_text(TOKEN)
    with a_vault() as vault:
        settings.VAULT = {"address": vault.address, "token_file": str(token)}
        call_command("rotate_root_key", stdout=io.StringIO())
        settings.ROOT_KEYS = ""
        assert opened(world, case_id) == before
        assert Authenticator.objects.using("signin").get(pk=person.device.pk).bin_key == seed
        # Once a minute and no more: the key stays opened meanwhile.
        asked = len(vault.asked)
        with acting_as(world.coordinator.viewer) as viewer:
            case_file(viewer, case_id)
        assert len(vault.asked) == asked
        fresh = world.submitted(mark=" neuf")
        vault.down = True
        forget_keys()
        page = world.coordinator.browser.get(f"/dossiers/{fresh}/")
        assert page.status_code == 503
        vault.down = False
        assert world.coordinator.browser.get(f"/dossiers/{fresh}/").status_code == 200


def test_saved_keys_open_an_older_backup_and_hold_no_key(world, put_back, settings, tmp_path):
    """The backup's own keys are of the old root key; what was saved since is put in their place."""
    case_id = world.submitted()
    before = opened(world, case_id)
    backup = put_back.execute("SELECT id, wrapped FROM kernel_period_key").fetchall()
    new = secrets.token_hex(32)
    settings.ROOT_KEYS = f"{settings.ROOT_KEYS.strip()} {new}"
    call_command("rotate_root_key", stdout=io.StringIO())
    path = tmp_path / "keys.json"
    call_command("save_keys", str(path), stdout=io.StringIO())
    assert path.stat().st_mode & 0o777 == 0o600
    settings.ROOT_KEYS = f"destroyed {new}"
    with put_back.cursor() as cursor:
        cursor.executemany(
            "UPDATE kernel_period_key SET wrapped = %s WHERE id = %s",
            [(blob, key_id) for key_id, blob in backup],
        )
    with pytest.raises(CannotDecrypt):
        opened(world, case_id)
    call_command("restore_keys", str(path), stdout=io.StringIO())
    assert opened(world, case_id) == before


def test_that_the_root_key_was_changed_is_on_record_in_each_cell(world, put_back, settings):
    world.submitted()
    settings.ROOT_KEYS = f"{settings.ROOT_KEYS.strip()} {secrets.token_hex(32)}"
    call_command("rotate_root_key", stdout=io.StringIO())
    found = put_back.execute(
        "SELECT count(*) FROM audit_entry WHERE kind = 'key.root_rotated' AND cell_id = %s",
        [world.cell.pk],
    ).fetchone()
    assert found == (1,)
