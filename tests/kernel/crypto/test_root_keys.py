"""Where the root key is: in a file, in the environment, or in a Vault that never gives it away."""

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured

from kernel.crypto.keyring import CannotDecrypt, FileKeyring, Rings
from kernel.crypto.vault import Place, TransitKey, transit_from
from kernel.errors import Unavailable
from tests.support.vault import TOKEN, a_vault

KEY, PLACE = b"k" * 32, b"kernel_period_key\x0080\x002026"


@pytest.fixture
def token_file(tmp_path):
    path = tmp_path / "token"
    path.write_text(TOKEN + "\n")
    return path


@pytest.fixture
def vault():
    with a_vault() as vault:
        yield vault


def transit(vault, token_file):
    return TransitKey(Place(vault.address, str(token_file)))


def test_a_vault_wraps_and_unwraps_and_binds_the_place(vault, token_file):
    key = transit(vault, token_file)
    blob = key.wrap(KEY, PLACE)
    assert key.unwrap(blob, PLACE) == KEY
    assert KEY not in blob
    for value, place in (
        (blob, b"elsewhere"),
        (blob[:-1] + bytes([blob[-1] ^ 1]), PLACE),
        (blob[:4] + b"\x07" + blob[5:], PLACE),
        (b"\x01" + blob[1:], PLACE),
        (b"", PLACE),
        (blob[:5], PLACE),
    ):
        with pytest.raises(CannotDecrypt):
            key.unwrap(value, place)


def test_what_a_vault_wraps_has_the_length_that_seeds_have_room_for(vault, token_file):
    local = FileKeyring([AESGCM.generate_key(256)])
    seed = b"s" * 20
    assert len(transit(vault, token_file).wrap(seed, PLACE)) == len(local.wrap(seed, PLACE)) == 53


def test_a_key_that_was_rotated_over_there_is_noticed(vault, token_file):
    old = transit(vault, token_file).wrap(KEY, PLACE)
    assert transit(vault, token_file).is_current(old)
    vault.rotate()
    fresh = transit(vault, token_file)
    assert not fresh.is_current(old)
    assert fresh.unwrap(old, PLACE) == KEY
    new = fresh.wrap(KEY, PLACE)
    assert fresh.is_current(new)
    vault.oldest = 2
    assert fresh.unwrap(new, PLACE) == KEY
    with pytest.raises(CannotDecrypt):
        fresh.unwrap(old, PLACE)


def test_a_vault_that_does_not_answer_is_a_refusal_and_no_loss(vault, token_file, tmp_path):
    key = transit(vault, token_file)
    blob = key.wrap(KEY, PLACE)
    vault.down = True
    with pytest.raises(Unavailable):
        key.unwrap(blob, PLACE)
    vault.down = False
    assert key.unwrap(blob, PLACE) == KEY
    token_file.write_text("wrong")
    with pytest.raises(Unavailable):
        key.unwrap(blob, PLACE)
    for place in (
        Place("http://127.0.0.1:9", str(token_file)),
        Place(vault.address, str(tmp_path / "absent")),
    ):
        with pytest.raises(Unavailable):
            TransitKey(place).unwrap(blob, PLACE)


def test_a_vault_elsewhere_is_spoken_to_in_secret(token_file):
    with pytest.raises(ImproperlyConfigured):
        TransitKey(Place("http://vault.example:8200", str(token_file)))
    with pytest.raises(ImproperlyConfigured):
        TransitKey(Place("https://vault.example:8200", ""))
    assert transit_from({}) is None


def test_from_a_file_to_a_vault_without_losing_what_was_wrapped(vault, token_file):
    local, over_there = FileKeyring([AESGCM.generate_key(256)]), transit(vault, token_file)
    before, both = Rings(local, None), Rings(local, over_there)
    blob = before.wrap(KEY, PLACE)
    assert before.is_current(blob)
    assert not both.is_current(blob)
    assert both.unwrap(blob, PLACE) == KEY
    moved = both.wrap(KEY, PLACE)
    assert both.is_current(moved)
    assert Rings(None, over_there).unwrap(moved, PLACE) == KEY
    for ring, value in ((before, moved), (Rings(None, over_there), blob)):
        with pytest.raises(CannotDecrypt):
            ring.unwrap(value, PLACE)
    with pytest.raises(ImproperlyConfigured):
        Rings(None, None)


def test_a_text_holds_several_keys_and_one_that_was_destroyed_opens_nothing():
    first, second = (AESGCM.generate_key(256).hex() for _each in range(2))
    blob = FileKeyring.read(first).wrap(KEY, PLACE)
    both = FileKeyring.read(f"{first}\n{second}\n")
    assert both.unwrap(blob, PLACE) == KEY
    assert not both.is_current(blob)
    later = both.wrap(KEY, PLACE)
    without = FileKeyring.read(f"destroyed {second}")
    assert without.unwrap(later, PLACE) == KEY
    with pytest.raises(CannotDecrypt):
        without.unwrap(blob, PLACE)
    for wrong in ("", "zz", "destroyed", f"{first} destroyed", first[:-2]):
        with pytest.raises(ImproperlyConfigured):
            FileKeyring.read(wrong)
