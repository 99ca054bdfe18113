"""A sealer that takes over checks the end of every log, of all cells together, before it signs."""

import pytest

from audit import log, taking_up
from audit.growing import LogDamaged
from audit.taking_up import take_up
from tests.audit import seats
from tests.audit.working import guards_off, seal

pytestmark = pytest.mark.database

DAMAGES = {
    "a bundle that is gone": ("audit_bundle", "DELETE FROM {} WHERE n = 1 AND cell_id = %s"),
    "a bundle too many": (
        "audit_bundle",
        "INSERT INTO {0} SELECT cell_id, 2, first_epoch, first_xid, first_id + 1, last_epoch,"
        " last_xid, last_id, ids FROM {0} WHERE n = 1 AND cell_id = %s",
    ),
    "a tile that is gone": ("audit_tile", "DELETE FROM {} WHERE n = 1 AND cell_id = %s"),
    "a tile too many": (
        "audit_tile",
        "INSERT INTO {0} SELECT cell_id, level, 2, hashes, root FROM {0}"
        " WHERE n = 1 AND cell_id = %s",
    ),
    "a tile of the level above": (
        "audit_tile",
        "INSERT INTO {0} SELECT cell_id, 1, 0, hashes, root FROM {0} WHERE n = 1 AND cell_id = %s",
    ),
    "a tile with another hash": (
        "audit_tile",
        "UPDATE {} SET hashes = overlay(hashes PLACING '\\x00' FROM 9)"
        " WHERE n = 0 AND cell_id = %s",
    ),
    "an entry that is gone": (
        "audit_entry",
        "DELETE FROM {0} WHERE id = (SELECT max(id) FROM {0} WHERE cell_id = %s)",
    ),
    "an entry too many": (
        "audit_entry",
        "INSERT INTO {0} (epoch, xid, cell_id, kind, outcome, actor, request, payload)"
        " SELECT epoch, xid, cell_id, kind, outcome, actor, request, payload FROM {0}"
        " WHERE id = (SELECT max(id) FROM {0} WHERE cell_id = %s)",
    ),
}


@pytest.fixture(scope="module")
def logs(owner_of_everything):
    """A cell for each damage, one for none and one whose log is short, each sealed."""
    made = {}
    for name in (*DAMAGES, "nothing", "nothing, with few entries"):
        cell_id = seats.a_cell()
        viewer = seats.a_seat(owner_of_everything, cell_id, "cell_coordinator")
        seats.openings(viewer, 3 if "few" in name else 520, each=260)
        made[name] = cell_id
    for cell_id in made.values():
        seal(cell_id)
    for name, (table, query) in DAMAGES.items():
        with guards_off(owner_of_everything, table):
            done = owner_of_everything.execute(query.format(table), [made[name]])
            assert done.rowcount == 1, name
    return made


@pytest.mark.parametrize("together", [3, 100])
def test_each_damage_is_found_and_stops_no_other_cell(logs, monkeypatch, together):
    monkeypatch.setattr(taking_up, "TOGETHER", together)
    with log.connect("sealer") as connection:
        stored = [
            each for each in log.last_checkpoints(connection) if each.cell_id in {*logs.values()}
        ]
        found = take_up(connection, stored, log.reach(connection))
    for name, cell_id in logs.items():
        assert isinstance(found[cell_id], LogDamaged) == (name in DAMAGES), name
    for name, size in (("nothing", 520), ("nothing, with few entries", 3)):
        whole = found[logs[name]]
        assert (whole.size, len(whole.tail)) == (size, size % 256)
    assert len(found) == len(stored) == len(logs)
