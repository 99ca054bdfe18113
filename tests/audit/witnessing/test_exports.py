"""A real export holds without Rempart; each damaged one is refused, with what is wrong with it."""

import base64
import json
import subprocess
import sys
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit import checkpoint, keys, log
from audit.leaf import key_of, read
from audit.standalone import rempart_verify
from audit.witnessing import proofs
from audit.witnessing.exports import write
from tests.audit import seats
from tests.audit.working import guards_off, ids_of, seal, sealing, verified
from tests.support.database import admin
from tests.support.exports import text_of_pages
from tests.support.searching import database_name

VERIFIER = Path(rempart_verify.__file__)


@contextmanager
def a_sealer_at_work():
    """What the sealer's process does, while a command waits for it."""
    stop = threading.Event()

    def work():
        with sealing() as sealer:
            while not stop.wait(0.02):
                sealer.seal()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Ground:
    """A sealed cell with two cases, and two exports of it: one case, and everything."""

    def __init__(self, folder):
        self.cell_id = seats.a_cell()
        with admin(database_name()) as connection:
            viewer = seats.a_seat(connection, self.cell_id, "cell_coordinator")
        seats.openings(viewer, 130, each=64)
        self.case_id = seats.openings(viewer, 90, each=64)
        seats.openings(viewer, 60, each=64)
        seal(self.cell_id)
        public = keys.signing_key().public_key()
        self.key = checkpoint.verifier_line(keys.origin(self.cell_id), public)
        with a_sealer_at_work():
            self.one = self.exported(folder / "one.zip", "--case", str(self.case_id))
            self.all = self.exported(folder / "all.zip")
        self.damaged = folder / "damaged.zip"

    def exported(self, path, *more):
        told("audit_export", str(path), "--cell", str(self.cell_id), *more)
        return path

    def parts(self, path):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}

    def verdict(self, parts, capsys, *, key=None):
        """What the verifier says to an export with these files."""
        with zipfile.ZipFile(self.damaged, "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content)
        capsys.readouterr()
        code = rempart_verify.main(["export", str(self.damaged), "--key", key or self.key])
        said = capsys.readouterr()
        return code, (said.out + said.err).strip()


def told(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def ground(database, tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("exports"))


def test_a_real_export_is_accepted_by_the_verifier_alone(ground, tmp_path):
    alone = tmp_path / "rempart_verify.py"
    alone.write_bytes(VERIFIER.read_bytes())
    assert len(VERIFIER.read_text().splitlines()) < 300
    for path, says in (
        (ground.one, "90 of 280 entries, 0 purged, 190 left out, exported on"),
        (ground.all, "281 of 281 entries, 0 purged, 0 left out, exported on"),
    ):
        done = subprocess.run(
            [sys.executable, "-I", alone, "export", path, "--key", ground.key],
            cwd=tmp_path,
            env={},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert f"Everything holds. rempart/{ground.cell_id}: {says}" in done.stdout


def test_an_export_says_what_was_chosen_and_is_on_record(ground, owner_of_everything):
    parts = ground.parts(ground.one)
    manifest = json.loads(parts["manifest.json"])
    assert manifest["filters"] == {"case": str(ground.case_id)}
    lines = [json.loads(line) for line in parts["entries.jsonl"].splitlines()]
    assert {line["read"]["case_id"] for line in lines} == {str(ground.case_id)}
    assert {line["read"]["kind"] for line in lines} == {"trial.opened"}
    case_id, content = owner_of_everything.execute(
        "SELECT case_id, payload FROM audit_entry WHERE cell_id = %s AND kind = 'audit.exported'"
        " ORDER BY id LIMIT 1",
        [ground.cell_id],
    ).fetchone()
    digest = sha256(parts["manifest.json"]).hexdigest()
    said = {"extract": None, "filters": ["case"], "sha256": digest, "entries": 90}
    assert (case_id, json.loads(content)["facts"]) == (ground.case_id, said)
    assert verified(ground.cell_id).clean


def test_an_export_is_its_owner_s_alone_and_leaves_nothing_where_it_fails(ground, tmp_path):
    assert oct(ground.one.stat().st_mode)[-3:] == "600"
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(OSError, match="directory"):
        write(taken, SimpleNamespace(parts={"manifest.json": b"{}"}), {})
    assert list(tmp_path.iterdir()) == [taken]


def test_the_list_on_paper_says_what_was_chosen_and_from_which_files(ground):
    parts = ground.parts(ground.one)
    pages = text_of_pages(parts["record.pdf"])
    cover, whole = "".join(pages[0].split()), "".join("".join(pages).split())
    root = parts["checkpoint.txt"].decode().split("\n")[2]
    for said in (
        f"case={ground.case_id}",
        "90sur280",
        base64.b64decode(root).hex(),
        sha256(parts["entries.jsonl"]).hexdigest(),
    ):
        assert said in cover
    assert f"page{len(pages)}sur{len(pages)}" in whole
    assert whole.count("(trial.opened)") == 90


def test_an_export_says_in_both_languages_how_it_is_checked_and_brings_no_key_to_do_it(ground):
    parts = ground.parts(ground.all)
    french, english = parts["LISEZMOI.txt"].decode().split("------------")
    for text in (french, english):
        assert f"rempart_verify.py export FICHIER.zip --key 'rempart/{ground.cell_id}+...'" in text
        assert [name for name in parts if name not in text] == ["LISEZMOI.txt"]
    assert "notée quand son témoin a commencé" in french
    assert "demandez-la à un organisme qui a un témoin" in french
    assert "noted when its witness began" in english
    assert "ask an agency that has one for it" in english
    assert ground.key.split("+", 2)[2] not in french + english


def jsonl(parts):
    return [json.loads(line) for line in parts["entries.jsonl"].splitlines()]


def written(lines):
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def a_bit(parts):
    """In the nonce, which nothing that is read shows."""
    lines = jsonl(parts)
    leaf = bytearray(base64.b64decode(lines[7]["leaf"]))
    leaf[-10] ^= 1
    lines[7]["leaf"] = base64.b64encode(leaf).decode()
    return {"entries.jsonl": written(lines)}


def a_person(parts):
    lines = jsonl(parts)
    lines[7]["read"]["actor"] = "00000000-0000-0000-0000-000000000001"
    return {"entries.jsonl": written(lines)}


def a_column(parts):
    rows = parts["entries.csv"].splitlines(keepends=True)
    rows[8] = rows[8].replace(b"trial.opened", b"trial.closed")
    return {"entries.csv": b"".join(rows)}


def one_out(parts):
    rows = parts["entries.csv"].splitlines(keepends=True)
    return {
        "entries.jsonl": written(jsonl(parts)[:7] + jsonl(parts)[8:]),
        "entries.csv": b"".join(rows[:8] + rows[9:]),
    }


def one_in(parts):
    """A copy of the last entry, one place further on."""
    last = jsonl(parts)[-1]
    row = parts["entries.csv"].splitlines(keepends=True)[-1]
    index = last["index"] + 1
    return {
        "entries.jsonl": parts["entries.jsonl"] + written([last | {"index": index}]),
        "entries.csv": parts["entries.csv"]
        + row.replace(str(index - 1).encode(), b"%d" % index, 1),
    }


def two_lines(parts):
    lines, rows = jsonl(parts), parts["entries.csv"].splitlines(keepends=True)
    lines[3], lines[4] = lines[4], lines[3]
    rows[4], rows[5] = rows[5], rows[4]
    return {"entries.jsonl": written(lines), "entries.csv": b"".join(rows)}


def two_places(parts):
    """Two entries exchanged with everything that is read beside them."""
    lines, rows = jsonl(parts), parts["entries.csv"].splitlines(keepends=True)
    lines[3], lines[4] = (
        lines[4] | {"index": lines[3]["index"]},
        lines[3] | {"index": lines[4]["index"]},
    )
    (low, one), (high, other) = rows[4].split(b",", 1), rows[5].split(b",", 1)
    rows[4], rows[5] = low + b"," + other, high + b"," + one
    return {"entries.jsonl": written(lines), "entries.csv": b"".join(rows)}


def a_hash(parts):
    tree = bytearray(parts["tree.bin"])
    tree[40] ^= 1
    return {"tree.bin": bytes(tree)}


def other_checkpoint(parts):
    """Signed by the log's key, about the same number of entries."""
    said = checkpoint.read(parts["checkpoint.txt"].decode(), keys.public_keys())
    other = checkpoint.Checkpoint(said.origin, said.size, bytes(32), said.at)
    return {"checkpoint.txt": checkpoint.sign(other, keys.signing_key()).encode()}


def a_stranger_s_key(parts):
    """Everything is signed anew by somebody who brings a key of their own."""
    stranger = Ed25519PrivateKey.generate()
    line = checkpoint.verifier_line(parts["keys.txt"].decode().split("+")[0], stranger.public_key())

    def again(note):
        said = checkpoint.read(note, keys.public_keys())
        return checkpoint.sign(said, stranger)

    changed = {"keys.txt": f"{line}\n".encode()}
    changed["checkpoint.txt"] = again(parts["checkpoint.txt"].decode()).encode()
    for name in ("seal.tlog-proof", "seal.rempart-consistency"):
        head, _empty, note = parts[name].decode().partition("\n\n")
        changed[name] = f"{head}\n\n{again(note)}".encode()
    return changed


def a_page(parts):
    return {"record.pdf": parts["record.pdf"].replace(b"%PDF-1", b"%PDF-2", 1)}


def renamed(parts, cell_id):
    return {"manifest.json": parts["manifest.json"].replace(str(cell_id).encode(), b"60")}


DAMAGES = {
    a_bit: "entries.jsonl, tree.bin: this is not what checkpoint.txt has signed",
    a_person: "entries.jsonl, line 8: what is to be read is not in the leaf",
    a_column: "entries.csv, entry 8: it does not say what the leaf says",
    one_out: "tree.bin: a hash is missing",
    one_in: "tree.bin: a hash is missing",
    two_lines: "entries.jsonl, line 5: it is not in the order of the log",
    two_places: "entries.jsonl, tree.bin: this is not what checkpoint.txt has signed",
    a_hash: "entries.jsonl, tree.bin: this is not what checkpoint.txt has signed",
    other_checkpoint: "entries.jsonl, tree.bin: this is not what checkpoint.txt has signed",
    a_page: "seal.tlog-proof: it is the seal of another export",
    a_stranger_s_key: "checkpoint.txt: it is signed by another key than the one that was given",
}


def rehashed(parts):
    """The manifest written anew, so that it names the damaged files."""
    manifest = json.loads(parts["manifest.json"])
    manifest["files"] = {name: sha256(parts[name]).hexdigest() for name in manifest["files"]}
    manifest["entries"] = len(parts["entries.jsonl"].splitlines())
    return parts | {"manifest.json": json.dumps(manifest).encode()}


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_export_is_refused_with_the_first_bad_thing(damage, ground, capsys):
    """By the manifest; and, where somebody has mended that, by what it can no longer hide."""
    parts = ground.parts(ground.one)
    changed = damage(parts)
    first = next(name for name in parts if name in changed)
    code, said = ground.verdict(parts | changed, capsys)
    assert (code, said) == (1, f"REFUSED: {first}: it is not the file that the manifest names")
    code, said = ground.verdict(rehashed(parts | changed), capsys)
    assert code == 1
    assert said.startswith(f"REFUSED: {DAMAGES[damage]}")


def test_another_cell_another_seal_and_a_mended_manifest_are_refused(ground, capsys):
    one, everything = ground.parts(ground.one), ground.parts(ground.all)
    assert ground.verdict(one, capsys)[0] == 0
    code, said = ground.verdict(one | renamed(one, ground.cell_id), capsys)
    assert (code, said) == (1, "REFUSED: manifest.json: it speaks of another log or checkpoint")
    foreign = checkpoint.verifier_line("rempart/60", keys.signing_key().public_key())
    code, said = ground.verdict(one, capsys, key=foreign)
    assert said.endswith(f"it is a checkpoint of rempart/{ground.cell_id}, not of rempart/60")
    seal_of_all = {name: everything[name] for name in list(everything)[-2:]}
    code, said = ground.verdict(one | seal_of_all, capsys)
    assert (code, said) == (1, "REFUSED: seal.tlog-proof: it is the seal of another export")
    wider = one["manifest.json"].replace(str(ground.case_id).encode(), b"all")
    code, said = ground.verdict(one | {"manifest.json": wider}, capsys)
    assert (code, said) == (1, "REFUSED: seal.tlog-proof: it is the seal of another export")
    fewer = {name: content for name, content in one.items() if name != "entries.csv"}
    assert ground.verdict(fewer, capsys)[0] == 1
    # One that was made before exports explained themselves: its files are in order.
    earlier = {name: content for name, content in one.items() if name != "LISEZMOI.txt"}
    manifest = json.loads(one["manifest.json"])
    del manifest["files"]["LISEZMOI.txt"]
    earlier["manifest.json"] = json.dumps(manifest).encode()
    code, said = ground.verdict(earlier, capsys)
    assert (code, said) == (1, "REFUSED: seal.tlog-proof: it is the seal of another export")
    assert rempart_verify.main(["export", str(VERIFIER), "--key", ground.key]) == 1
    assert rempart_verify.main(["export", str(ground.one), "--key", "rempart/1+00+AA=="]) == 1


def test_one_entry_and_one_copy_are_checked_alone(ground, tmp_path, capsys):
    with log.connect("auditor") as connection:
        first, *_between, last = log.checkpoints(connection, ground.cell_id, limit=100)
        [leaf] = [leaf for _n, leaf in proofs.bundle(connection, last, [first.hi]).entries]
        index = proofs.index_of(connection, ground.cell_id, key_of(leaf))
        hashes = proofs.inclusion(connection, last, index)
        leading = proofs.consistency(connection, last, first.size)
    proof, kept, file = (tmp_path / name for name in ("proof", "kept", "file"))
    proof.write_text(proofs.proof_text(leaf, index, hashes, last.note))
    kept.write_text(first.note)
    file.write_text(proofs.consistency_text(first.size, leading, last.note))
    assert rempart_verify.main(["proof", str(proof), "--key", ground.key]) == 0
    assert f'"id":{read(leaf).id}' in capsys.readouterr().out
    assert rempart_verify.main(["consistency", str(kept), str(file), "--key", ground.key]) == 0
    proof.write_text(proofs.proof_text(leaf, index - 1, hashes, last.note))
    assert rempart_verify.main(["proof", str(proof), "--key", ground.key]) == 1
    assert "does not lead to the signed root" in capsys.readouterr().err
    file.write_text(proofs.consistency_text(first.size, leading[1:], last.note))
    assert rempart_verify.main(["consistency", str(kept), str(file), "--key", ground.key]) == 1
    file.write_text(proofs.consistency_text(last.size, [], last.note))
    said = checkpoint.read(last.note, keys.public_keys())
    for root, code in ((said.root, 0), (bytes(32), 1)):
        kept.write_text(checkpoint.sign(replace(said, root=root), keys.signing_key()))
        assert (
            rempart_verify.main(["consistency", str(kept), str(file), "--key", ground.key]) == code
        )


def test_a_damaged_log_is_not_exported_and_without_a_sealer_nothing_is_left(
    ground, tmp_path, owner_of_everything
):
    file, cell = tmp_path / "x.zip", str(ground.cell_id)
    with pytest.raises(CommandError, match="Does audit_seal run"):
        told("audit_export", str(file), "--cell", cell, "--wait", "0")
    with pytest.raises(CommandError, match="no log of a cell"):
        told("audit_export", str(file), "--cell", "nowhere")
    seal(ground.cell_id)
    number = ids_of(owner_of_everything, ground.cell_id)[-2]
    with guards_off(owner_of_everything):
        owner_of_everything.execute("DELETE FROM audit_entry WHERE id = %s", [number])
    with pytest.raises(CommandError, match="DAMAGED: entries behind the last full tile"):
        told("audit_export", str(file), "--cell", cell)
    assert list(tmp_path.iterdir()) == []
