"""Sealed values open in their own place, unchanged, under their own key, and nowhere else."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from kernel.crypto.cases import CaseCipher, new_case_key
from kernel.crypto.keycache import KeyCache
from kernel.crypto.keyring import CannotDecrypt, FileKeyring, root_key
from kernel.crypto.periods import open_period_key, period_key_for
from kernel.ids import uuid7
from kernel.scope import acting_as
from tests.support.database import admin
from tests.support.searching import database_name
from tests.support.sittings import a_cell, sit

TABLE, COLUMN = "referrals_party", "identity"
YEAR = datetime(2026, 9, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def viewer(database):
    return sit().viewer()


@pytest.fixture
def case(viewer):
    """A case key of the cell's own period, and its cipher."""
    with acting_as(viewer) as bound:
        period, case_id = period_key_for(bound.cell_id, YEAR), uuid7()
        wrapped = new_case_key(case_id, period)
        yield case_id, period, wrapped, CaseCipher(case_id, period, wrapped)


TEXTS = [
    "",
    "é",
    "a" * 100_000,
    "\x00",
    "🏳️‍🌈 ‮abc‬ \u0301",
    "Zo\u0308e",
    "\ufeff",
    "\U0010ffff",
    "ﷺ" * 50,
]


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
def test_a_text_comes_back_as_it_was(case, text):
    cipher, row = case[3], uuid7()
    sealed = cipher.seal(TABLE, COLUMN, row, text)
    assert cipher.open(TABLE, COLUMN, row, sealed) == text
    assert cipher.open(TABLE, COLUMN, row, memoryview(sealed)) == text
    assert len(text.encode()) < 6 or text.encode() not in sealed


def test_the_same_text_is_never_sealed_twice_alike(case):
    cipher, row = case[3], uuid7()
    sealed = {cipher.seal(TABLE, COLUMN, row, "Alba") for _each in range(200)}
    assert len(sealed) == 200
    assert len({value[1:13] for value in sealed}) == 200


def test_a_value_does_not_open_in_another_place(case):
    cipher, row = case[3], uuid7()
    sealed = cipher.seal(TABLE, COLUMN, row, "Alba")
    for place in [
        ("referrals_draft", COLUMN, row),
        (TABLE, "label", row),
        (TABLE, COLUMN, uuid7()),
        (COLUMN, TABLE, row),
        (f"{TABLE}\0{COLUMN}", "", row),
    ]:
        with pytest.raises(CannotDecrypt):
            cipher.open(*place, sealed)


def test_one_bit_is_enough_to_refuse(case):
    cipher, row = case[3], uuid7()
    sealed = cipher.seal(TABLE, COLUMN, row, "Alba")
    for index in range(len(sealed)):
        for bit in (0, 3, 7):
            changed = bytearray(sealed)
            changed[index] ^= 1 << bit
            with pytest.raises(CannotDecrypt):
                cipher.open(TABLE, COLUMN, row, bytes(changed))


def test_what_is_cut_short_or_made_up_is_refused(case):
    cipher, row = case[3], uuid7()
    sealed = cipher.seal(TABLE, COLUMN, row, "Alba")
    wrong = [sealed[:length] for length in range(len(sealed))]
    wrong += [sealed + b"\x00", b"\x00" * 40, b"\x01" * 40, sealed[1:], b"\x02" + sealed[1:]]
    for value in wrong:
        with pytest.raises(CannotDecrypt):
            cipher.open(TABLE, COLUMN, row, value)


def test_a_value_does_not_open_in_another_case(case):
    _case_id, period, _wrapped, cipher = case
    row, other = uuid7(), uuid7()
    sealed = cipher.seal(TABLE, COLUMN, row, "Alba")
    neighbour = CaseCipher(other, period, new_case_key(other, period))
    with pytest.raises(CannotDecrypt):
        neighbour.open(TABLE, COLUMN, row, sealed)


def test_a_case_key_does_not_open_for_another_case(case):
    """Not even when it was opened a moment ago and is still remembered."""
    case_id, period, wrapped, cipher = case
    assert CaseCipher(case_id, period, wrapped).open(
        TABLE, COLUMN, case_id, cipher.seal(TABLE, COLUMN, case_id, "Alba")
    )
    for other in (uuid7(), uuid4()):
        with pytest.raises(CannotDecrypt):
            CaseCipher(other, period, wrapped)


def test_a_changed_case_key_is_refused(case):
    case_id, period, wrapped, _cipher = case
    for index in range(1, len(wrapped)):
        changed = bytearray(wrapped)
        changed[index] ^= 1
        with pytest.raises(CannotDecrypt):
            CaseCipher(case_id, period, bytes(changed))
    for short in (b"", wrapped[:5], wrapped[:-1]):
        with pytest.raises(CannotDecrypt):
            CaseCipher(case_id, period, short)


def test_a_case_key_does_not_open_under_another_period(case, viewer):
    case_id, _period, wrapped, _cipher = case
    other = uuid4()
    context = f"kernel_period_key\0{viewer.cell_id}\x002031".encode()
    with admin(database_name()) as superuser:
        superuser.execute(
            "INSERT INTO kernel_period_key (id, cell_id, period, wrapped, created_at)"
            " VALUES (%s, %s, '2031', %s, now())",
            [other, viewer.cell_id, root_key().wrap(AESGCM.generate_key(256), context)],
        )
    assert len(open_period_key(other)) == 32
    with pytest.raises(CannotDecrypt):
        CaseCipher(case_id, other, wrapped)


def test_a_key_wrapped_anew_is_opened_anew(case):
    """Rotation: the remembered key of the old wrapping does not stand in for the new one."""
    case_id, period, _wrapped, cipher = case
    sealed = cipher.seal(TABLE, COLUMN, case_id, "Alba")
    with pytest.raises(CannotDecrypt):
        CaseCipher(case_id, period, new_case_key(case_id, period)).open(
            TABLE, COLUMN, case_id, sealed
        )


def test_a_period_key_is_made_once_and_opens_for_its_cell_only(viewer):
    with acting_as(viewer) as bound:
        period = period_key_for(bound.cell_id, YEAR)
        assert period_key_for(bound.cell_id, YEAR) == period
        assert len(open_period_key(period)) == 32
    stranger = sit(a_cell())
    with acting_as(stranger.viewer()), pytest.raises(CannotDecrypt):
        open_period_key(period)


def test_a_period_key_moved_to_another_cell_does_not_open(viewer):
    with acting_as(viewer) as bound:
        period = period_key_for(bound.cell_id, YEAR)
    stranger = sit(a_cell())
    with acting_as(stranger.viewer()) as bound:
        own = period_key_for(bound.cell_id, YEAR)
        open_period_key(own)
    with admin(database_name()) as superuser:
        superuser.execute(
            "UPDATE kernel_period_key SET wrapped = (SELECT wrapped FROM kernel_period_key"
            " WHERE id = %s) WHERE id = %s",
            [period, own],
        )
    with acting_as(stranger.viewer()), pytest.raises(CannotDecrypt):
        open_period_key(own)


def test_a_dropped_period_key_opens_nothing_more():
    """Shredding reaches what is remembered: the row is asked for each time."""
    sitting = sit()
    with acting_as(sitting.viewer()) as bound:
        period, case_id = period_key_for(bound.cell_id, YEAR), uuid7()
        wrapped = new_case_key(case_id, period)
        open_period_key(period)
    with admin(database_name()) as superuser:
        superuser.execute("DELETE FROM kernel_period_key WHERE id = %s", [period])
    with acting_as(sitting.viewer()), pytest.raises(CannotDecrypt):
        open_period_key(period)
    with acting_as(sitting.viewer()), pytest.raises(CannotDecrypt):
        CaseCipher(case_id, period, wrapped)


def test_nothing_is_opened_without_a_session(viewer):
    with acting_as(viewer) as bound:
        period = period_key_for(bound.cell_id, YEAR)
    with pytest.raises(CannotDecrypt):
        open_period_key(period)
    connection.close()


def test_root_keys_rotate():
    first, second = AESGCM.generate_key(256), AESGCM.generate_key(256)
    old, both = FileKeyring([first]), FileKeyring([first, second])
    blob = old.wrap(b"k" * 32, b"place")
    assert both.unwrap(blob, b"place") == b"k" * 32
    fresh = both.wrap(b"k" * 32, b"place")
    assert both.unwrap(fresh, b"place") == b"k" * 32
    for ring, value, place in [
        (old, fresh, b"place"),
        (both, fresh, b"elsewhere"),
        (both, fresh[:-1], b"place"),
        (both, b"", b"place"),
        (both, b"\x02" + fresh[1:], b"place"),
        (FileKeyring([second]), blob, b"place"),
    ]:
        with pytest.raises(CannotDecrypt):
            ring.unwrap(value, place)


@pytest.mark.parametrize("keys", [[], [b""], [b"k" * 31], [b"k" * 32, b"k"]])
def test_keys_of_the_wrong_length_are_refused(keys):
    with pytest.raises(ImproperlyConfigured):
        FileKeyring(keys)
    assert root_key()


def test_opened_keys_are_forgotten():
    opened: list[int] = []

    def open_it() -> int:
        opened.append(1)
        return len(opened)

    forgetful: KeyCache[int] = KeyCache(seconds=0, size=10)
    assert [forgetful.get(b"a", open_it) for _each in range(3)] == [1, 2, 3]
    opened.clear()
    small: KeyCache[int] = KeyCache(seconds=60, size=2)
    for blob in (b"a", b"b", b"a", b"c", b"a", b"b"):
        small.get(blob, open_it)
    assert len(opened) == 4


def test_a_failure_to_open_is_not_remembered():
    cache: KeyCache[int] = KeyCache(seconds=60, size=2)

    def fail() -> int:
        raise CannotDecrypt

    with pytest.raises(CannotDecrypt):
        cache.get(b"a", fail)
    assert cache.get(b"a", lambda: 1) == 1
