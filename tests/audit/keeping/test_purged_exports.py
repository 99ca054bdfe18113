"""An export tells what was purged from what was left out, and shows each purge offline."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from hashlib import sha256
from struct import pack, unpack_from

import pytest
from django.db import transaction

from audit import keys, log
from audit.checkpoint import verifier_line
from audit.keeping import carrying
from audit.keeping.services.holding import place_hold
from audit.leaf import Key
from audit.recorder import record_system
from audit.standalone import rempart_verify
from audit.witnessing.events import EXPORTED
from audit.witnessing.exports import archived, export, seal_of
from audit.witnessing.proofs import tree_of
from audit.witnessing.purges import _portions, shown_by
from kernel.scope import acting_as
from tests.audit.keeping.ageing import CONTROL, PURGED, delete, first_of, ground
from tests.audit.working import guards_off

pytestmark = pytest.mark.database


class Exported:
    """An export of a purged log, and what the verifier says to it."""

    def __init__(self, thinned, folder, capsys):
        self.thinned, self.file, self.capsys = thinned, folder / "export.zip", capsys
        public = keys.signing_key().public_key()
        self.key = verifier_line(keys.origin(thinned.cell_id), public)
        with log.connect("auditor") as connection:
            self.stored = log.last_checkpoint(connection, thinned.cell_id)

    def made(self, connection, *, filters=None, where="true"):
        """The export of what is there and fits, as somebody with this connection makes it."""
        rows = connection.execute(
            f"SELECT epoch, xid::text::int8, id FROM audit_entry WHERE cell_id = %s AND {where}"
            " AND (epoch, xid, id) <= (%s::int2, %s::xid8, %s::int8)",
            [self.thinned.cell_id, *log.in_sql(self.stored.hi)],
        ).fetchall()
        chosen = [Key(*row) for row in rows]
        return export(
            connection, self.stored, chosen, filters=filters or {}, made_at=datetime.now(UTC)
        )

    def sealed(self, made):
        """The seal of an export, which is an entry of the log for ever."""
        with transaction.atomic(using="worker"):
            record_system(
                EXPORTED,
                using="worker",
                cell_id=self.thinned.cell_id,
                extract=None,
                filters=[],
                sha256=made.digest,
                entries=made.entries,
            )
        self.thinned.seal()
        with log.connect("auditor") as connection:
            return seal_of(connection, made)

    def verdict(self, parts, seal):
        """What the verifier says to these files; the manifest names them as they are."""
        manifest = json.loads(parts["manifest.json"])
        digests = {name: sha256(parts[name]).hexdigest() for name in manifest["files"]}
        if digests != manifest["files"]:
            changed = json.dumps(manifest | {"files": digests}).encode()
            parts = parts | {"manifest.json": changed}
        self.file.write_bytes(archived({**parts, **seal}))
        self.capsys.readouterr()
        code = rempart_verify.main(["export", str(self.file), "--key", self.key])
        said = self.capsys.readouterr()
        return code, said.out + said.err


NO_SEAL = {"seal.tlog-proof": b"", "seal.rempart-consistency": b""}


def test_an_export_tells_what_was_purged_from_what_was_left_out(thinned, attack, tmp_path, capsys):
    exported = Exported(thinned, tmp_path, capsys)
    whole = exported.made(attack)
    some = exported.made(attack, filters={"kind": CONTROL}, where=f"kind = '{CONTROL}'")
    size = exported.stored.size
    seal = exported.sealed(whole)
    code, said = exported.verdict(whole.parts, seal)
    assert f" {size - PURGED} of {size} entries, {PURGED} purged, 0 left out" in said
    assert code == 0
    code, said = exported.verdict(some.parts, exported.sealed(some))
    assert f" 20 of {size} entries, {PURGED} purged, {size - PURGED - 20} left out" in said
    assert code == 0
    without = {name: part for name, part in whole.parts.items() if name != "purges.json"}
    manifest = json.loads(without["manifest.json"])
    del manifest["files"]["purges.json"]
    without["manifest.json"] = json.dumps(manifest).encode()
    refused = f"REFUSED: {PURGED} entries are neither here nor purged\n"
    assert exported.verdict(without, seal) == (1, refused)
    delete(attack, first_of(attack, thinned, CONTROL, 12))
    code, said = exported.verdict(exported.made(attack).parts, seal)
    assert (code, said) == (1, "REFUSED: 1 entries are neither here nor purged\n")


def test_what_a_purge_names_and_leaves_for_now_is_told_as_left_out(
    owner_of_everything, tmp_path, capsys
):
    """While it goes on nothing has gone yet, and what a hold has kept since stays."""
    made = ground(owner_of_everything)
    purge = made.signed()

    def told(purged):
        made.seal()
        exported = Exported(made, tmp_path, capsys)
        some = exported.made(
            made.connection, filters={"kind": CONTROL}, where=f"kind = '{CONTROL}'"
        )
        size = exported.stored.size
        said = exported.verdict(some.parts, exported.sealed(some))
        expected = f" 20 of {size} entries, {purged} purged, {size - 20 - purged} left out"
        assert (said[0], expected in said[1]) == (0, True), said[1]
        whole = exported.made(made.connection)
        assert (
            f" {purged} purged, 0 left out"
            in exported.verdict(whole.parts, exported.sealed(whole))[1]
        )

    carrying.carry_out()
    assert made.state(purge) == "named"
    told(0)
    with acting_as(made.dpo) as viewer:
        place_hold(viewer, scope="case", about=made.case_id, reason="judicial")
    carrying.carry_out()
    assert made.state(purge) == "done"
    told(150)


def test_a_log_without_the_list_of_what_was_purged_is_exported_all_the_same(
    thinned, attack, tmp_path, capsys
):
    stored = Exported(thinned, tmp_path, capsys).stored
    about = "SELECT id FROM audit_purge WHERE cell_id = %s"
    [(purge,)] = log.execute(attack, about, [thinned.cell_id])
    tree = tree_of(attack, stored)
    with guards_off(attack, "audit_bundle"):
        attack.execute("DELETE FROM audit_bundle WHERE cell_id = %s AND n = 0", [thinned.cell_id])
    assert "still" not in shown_by(attack, stored, tree, purge, 220, 0)


def test_what_a_purge_names_is_asked_for_in_portions():
    rows = [(0, 1), (99, 1), (100, 1), (350, 1)]
    assert list(_portions(rows)) == [rows[:2], rows[2:3], rows[3:]]


def test_what_shows_a_purge_offline_is_refused_when_it_does_not(thinned, attack, tmp_path, capsys):
    exported = Exported(thinned, tmp_path, capsys)
    parts = exported.made(attack).parts
    [shown] = json.loads(parts["purges.json"])
    n, mask = unpack_from(">Q32s", b64decode(shown["rows"]))
    wider = pack(">Q32s", n, (int.from_bytes(mask, "little") | 1 << 55).to_bytes(32, "little"))
    youngest = exported.stored.note
    about = "SELECT id FROM audit_purge WHERE cell_id = %s"
    [(purge,)] = log.execute(attack, about, [thinned.cell_id])
    (place,) = (int(line[6:]) for line in shown["purged"].splitlines() if line[:6] == "index ")
    [older] = log.checkpoints(attack, thinned.cell_id, above=place, limit=1)
    elsewhere = shown_by(attack, older, tree_of(attack, older), purge, 220, PURGED)
    for changed, says in (
        ({"rows": b64encode(wider).decode()}, "the log names another list"),
        ({"signed": shown["proposed"]}, "the log tells of no purge"),
        ({"proposed": shown["signed"], "signed": shown["proposed"]}, "the log tells of no purge"),
        ({"purged": elsewhere["purged"]}, "the log tells of no purge"),
        ({"late": shown["old"]}, "a purge came too early"),
        ({"late": youngest}, "a purge came too early"),
        ({"old": shown["late"]}, "a purge came too early"),
        ({"old": shown["old"].replace("time 20", "time 19")}, "does not belong to this text"),
    ):
        spoilt = json.dumps([shown | changed]).encode()
        code, said = exported.verdict({**parts, "purges.json": spoilt}, {**NO_SEAL})
        assert (code, "purges.json" in said, says in said) == (1, True, True), said
