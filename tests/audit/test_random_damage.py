"""Random damage, as a superuser would do it: every one of many attacks is found."""

import random

import pytest
from psycopg import errors

from audit import keys
from audit.verification import verify
from tests.audit import seats
from tests.audit.working import guards_off, seal

ATTACKS = 80
FLIP = (
    "set_byte({0}, {place} % octet_length({0}), get_byte({0}, {place} % octet_length({0})) # {bit})"
)
LATER = "({0}::text::int8 + {far})::text::xid8"
SOME = "gen_random_uuid()"
COLUMNS = {
    "audit_entry": {
        "epoch": "{0} + 1",
        "xid": LATER,
        "at": "{0} + make_interval(secs => {far})",
        "cell_id": "{0} + 1",
        "kind": "{0} || 'x'",
        "outcome": "'refused'",
        "actor": SOME,
        "seat": SOME,
        "agency": "NULL",
        "case_id": SOME,
        "subject_id": SOME,
        "request": SOME,
        "payload": FLIP,
    },
    "audit_tile": {"hashes": FLIP, "n": "{0} + 7", "level": "{0} + 1"},
    "audit_bundle": {
        "ids": FLIP,
        "n": "{0} + 9",
        "first_id": "{0} + {far}",
        "last_id": "{0} - {far}",
        "first_xid": LATER,
        "last_xid": LATER,
        "last_epoch": "{0} + 1",
    },
    "audit_checkpoint": {
        "size": "{0} + {far}",
        "grown_from": "{0} - 1",
        "root": FLIP,
        "hi_epoch": "{0} + 1",
        "hi_xid": LATER,
        "hi_id": "{0} + {far}",
        "at": "{0} + make_interval(secs => {far})",
        "note": "overlay({0} placing '#' from 1 + {place} % length({0}))",
    },
}
IMPOSSIBLE = (errors.CheckViolation, errors.UniqueViolation)


@pytest.fixture(scope="module")
def sealed(owner_of_everything):
    """A cell with two full tiles and a tail, and a neighbour sealed after it."""
    cell_id = seats.a_cell()
    for number, counts in ((cell_id, (512, 60, 5, 1)), (cell_id - 1, (3,))):
        viewer = seats.a_seat(owner_of_everything, number, "cell_coordinator")
        for count in counts:
            seats.openings(viewer, count, each=64)
            seal(number)
    return cell_id


def attack(chance, cell_id):
    """One statement against one row of the cell, and its table."""
    table = chance.choice(["audit_entry", *COLUMNS])
    column = chance.choice(list(COLUMNS[table]))
    change = COLUMNS[table][column].format(
        column,
        far=chance.randint(1, 300),
        place=chance.randrange(10**5),
        bit=1 << chance.randrange(8),
    )
    do = chance.choice([f"UPDATE {table} SET {column} = {change}"] * 3 + [f"DELETE FROM {table}"])
    one = f"SELECT ctid FROM {table} WHERE cell_id = {cell_id} ORDER BY ctid"
    return (
        table,
        f"{do} WHERE cell_id = {cell_id} AND ctid = ({one} OFFSET {chance.randrange(2)} LIMIT 1)",
    )


@pytest.mark.parametrize("seed", range(ATTACKS))
def test_it_is_found(seed, sealed, owner_of_everything):
    table, statement = attack(random.Random(seed), sealed)
    with owner_of_everything.transaction(force_rollback=True):
        try:
            with guards_off(owner_of_everything, table):
                done = owner_of_everything.execute(statement).rowcount
        except IMPOSSIBLE:
            return  # a constraint does not even let it be written
        assert done == 1
        assert not verify(owner_of_everything, sealed, keys.public_keys()).clean, statement
