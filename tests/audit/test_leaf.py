"""A leaf covers every column of an entry, and reads back to exactly the same entry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import leaf
from audit.leaf import Entry

ENTRY = Entry(
    epoch=1,
    xid=741_852,
    id=96_321,
    at=datetime(2026, 11, 21, 9, 30, 0, 123_456, tzinfo=UTC),
    cell_id=3,
    kind="referral.opened",
    outcome="done",
    actor=UUID(int=1),
    seat=UUID(int=2),
    agency=UUID(int=3),
    case_id=UUID(int=4),
    subject_id=None,
    request=UUID(int=5),
    payload=b'{"channel":"page","facts":{},"nonce":"00"}',
)
OTHERWISE = {
    "epoch": 2,
    "xid": 741_853,
    "id": 96_322,
    "at": ENTRY.at + timedelta(microseconds=1),
    "cell_id": 4,
    "kind": "referral.closed",
    "outcome": "refused",
    "actor": UUID(int=9),
    "seat": None,
    "agency": UUID(int=0),
    "case_id": None,
    "subject_id": UUID(int=0),
    "request": UUID(int=9),
    "payload": ENTRY.payload + b" ",
}


def test_the_bytes_are_those_of_the_documented_format():
    assert ENTRY.leaf().hex() == (
        "72656d706172742f61756469742f7631"  # rempart/audit/v1
        "000000020001"
        "0000000800000000000b51dc"
        "000000080000000000017841"
        "00000008000303c4c5fa5840"
        "0000000400000003"
        "0000000f726566657272616c2e6f70656e6564"
        "00000004646f6e65"
        "0000001000000000000000000000000000000001"
        "0000001000000000000000000000000000000002"
        "0000001000000000000000000000000000000003"
        "0000001000000000000000000000000000000004"
        "ffffffff"
        "0000001000000000000000000000000000000005"
        "0000002a7b226368616e6e656c223a2270616765222c226661637473223a7b7d2c226e6f6e6365223a223030227d"
    )


def test_every_column_is_covered():
    assert set(OTHERWISE) == set(leaf.COLUMNS)


@pytest.mark.parametrize("column", leaf.COLUMNS)
def test_a_change_in_any_column_changes_the_hash(column):
    assert replace(ENTRY, **{column: OTHERWISE[column]}).hash() != ENTRY.hash()


def test_bytes_cannot_move_from_one_column_to_the_next():
    moved = replace(ENTRY, kind="referral.openeddo", outcome="ne")
    assert moved.leaf() != replace(ENTRY, kind="referral.opened", outcome="done").leaf()


uuids = st.uuids() | st.none()


@settings(max_examples=200, deadline=None)
@given(
    st.builds(
        Entry,
        epoch=st.integers(0, 32_767),
        xid=st.integers(0, 2**63 - 1),
        id=st.integers(1, 2**63 - 1),
        at=st.datetimes(datetime(1999, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001  hypothesis wants naive bounds
        cell_id=st.integers(0, 2**31 - 1),
        kind=st.text(max_size=40),
        outcome=st.text(max_size=10),
        actor=st.uuids(),
        seat=uuids,
        agency=uuids,
        case_id=uuids,
        subject_id=uuids,
        request=st.uuids(),
        payload=st.binary(max_size=400),
    )
)
def test_any_entry_reads_back(entry):
    assert leaf.read(entry.leaf()) == entry
    assert leaf.key_of(entry.leaf()) == entry.key


@pytest.mark.parametrize(
    "bad",
    [b"", b"rempart/audit/v2" + ENTRY.leaf()[16:], ENTRY.leaf()[:-1], ENTRY.leaf() + b"\x00"],
)
def test_other_bytes_are_not_a_leaf(bad):
    with pytest.raises(ValueError, match="leaf"):
        leaf.read(bad)
