"""The witness that an agency runs by itself keeps one checkpoint and takes no other for it."""

import base64
import json
import subprocess
import sys
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit import checkpoint, keys, log
from audit.standalone import rempart_witness
from audit.witnessing import proofs
from tests.audit import seats
from tests.audit.working import ids_of, seal, verified

WITNESS = Path(rempart_witness.__file__)


class Witness:
    """One agency's witness, with its folder."""

    def __init__(self, folder, cell_id):
        self.cell_id, self.state, self.file = cell_id, folder / "kept.txt", folder / "offered"
        public = keys.signing_key().public_key()
        self.key = checkpoint.verifier_line(keys.origin(cell_id), public)

    def looks(self, text, *more):
        """The exit code, as cron sees it."""
        self.file.write_text(text, encoding="utf-8")
        known = ["--key", self.key, "--state", str(self.state), "--file", str(self.file)]
        return rempart_witness.main([*known, *more])

    def kept(self):
        return self.state.read_text(encoding="utf-8")

    def leading(self, stored, **changes):
        """What the house gives out from what is kept to this checkpoint."""
        older = int(self.kept().split("\n")[1])
        with log.connect("auditor") as connection:
            hashes = proofs.consistency(connection, stored, older)
        said = {"older": older, "hashes": hashes, "note": stored.note}
        return proofs.consistency_text(**said | changes)


@pytest.fixture
def witness(tmp_path, log_of_700):
    return Witness(tmp_path, log_of_700)


@pytest.fixture(scope="module")
def every(log_of_700):
    with log.connect("auditor") as connection:
        return log.checkpoints(connection, log_of_700, limit=100)


def test_it_follows_a_log_that_prolongs_itself(witness, every, capsys):
    first, *others = every
    assert witness.looks(first.note, "--begin") == 0
    for stored in others:
        assert witness.looks(witness.leading(stored)) == 0
        assert witness.kept() == stored.note
    assert witness.looks(witness.leading(every[-1])) == 0
    assert witness.looks(every[-1].note.replace("\n", "\r\n")) == 0
    assert f"rempart/{witness.cell_id}: 600 -> 700 entries" in capsys.readouterr().out


def alarmed(witness, text, says, capsys):
    """Refused with these words; what was kept stays, what was refused lies beside it."""
    before = witness.kept()
    assert witness.looks(text) == 1
    assert says in capsys.readouterr().err
    assert witness.kept() == before
    assert witness.state.with_name("kept.txt.refused").read_text(encoding="utf-8") == text


def test_it_refuses_what_is_smaller_another_or_otherwise_signed(witness, every, capsys):
    one, half, most, last = every
    assert witness.looks(one.note, "--begin") == 0
    assert witness.looks(witness.leading(most)) == 0
    key = keys.signing_key()
    said = checkpoint.read(last.note, keys.public_keys())
    alarmed(witness, half.note, "600 entries and now says 513", capsys)
    same = checkpoint.sign(replace(said, size=600), key)
    alarmed(witness, same, "no longer those that were kept", capsys)
    other = checkpoint.sign(replace(said, root=bytes(32)), key)
    alarmed(witness, witness.leading(last, note=other), "no longer those that were kept", capsys)
    alarmed(witness, witness.leading(last, hashes=[]), "no longer those that were kept", capsys)
    stranger = checkpoint.sign(said, Ed25519PrivateKey.generate())
    alarmed(witness, witness.leading(last, note=stranger), "another key", capsys)
    mended = last.note.replace("time 2", "time 3")
    alarmed(witness, witness.leading(last, note=mended), "does not belong to this text", capsys)
    assert witness.looks(witness.leading(last)) == 0


def test_it_does_not_take_what_proves_nothing_for_an_answer(witness, every, capsys):
    one, half, _most, last = every
    assert witness.looks(one.note) == 2, "never begun"
    assert witness.looks(one.note, "--begin") == 0
    assert witness.looks(one.note, "--begin") == 2, "a witness begins once"
    foreign = Witness(witness.state.parent, witness.cell_id + 1)
    assert foreign.looks(one.note) == 2
    for text in ("", "bonjour", last.note, witness.leading(last, older=513), half.note[:-30]):
        assert witness.looks(text) == 2, text
        assert witness.kept() == one.note
    assert not witness.state.with_name("kept.txt.refused").exists()


class OlderHouse(BaseHTTPRequestHandler):
    """Answers everything as a house that knows neither later keys nor cosignatures."""

    note = ""

    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"note": self.note}).encode())

    def do_POST(self):
        self.do_GET()

    def log_message(self, *_arguments):
        pass


def test_a_house_that_answers_less_is_no_alarm(witness, every, tmp_path, capsys):
    OlderHouse.note = every[0].note
    (tmp_path / "token").write_text("secret")
    with HTTPServer(("127.0.0.1", 0), OlderHouse) as house:
        threading.Thread(target=house.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{house.server_port}"
        known = ["--key", witness.key, "--state", str(witness.state), "--begin"]
        asked = [*known, "--url", url, "--token-file", str(tmp_path / "token")]
        assert rempart_witness.main(asked) == 2
        with pytest.raises(rempart_witness.Unclear):
            rempart_witness.handed_in(url, "secret", every[0].note)
        house.shutdown()
    assert "answers something else" in capsys.readouterr().err


def test_it_runs_alone_without_anything_of_the_house(witness, every, tmp_path):
    alone = tmp_path / "rempart_witness.py"
    alone.write_bytes(WITNESS.read_bytes())
    witness.file.write_text(every[0].note, encoding="utf-8")
    known = ["--key", witness.key, "--state", witness.state, "--file", witness.file, "--begin"]
    done = subprocess.run(
        [sys.executable, "-I", alone, *known], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert witness.kept() == every[0].note


def test_the_full_rewrite_passes_every_check_inside_and_is_refused_by_every_copy(
    tmp_path, rewrite, owner_of_everything, capsys
):
    """The owner of the database holds the log's key, changes an entry and signs everything anew."""
    cell_id = seats.a_cell()
    viewer = seats.a_seat(owner_of_everything, cell_id, "cell_coordinator")
    seats.openings(viewer, 20)
    seal(cell_id)
    witness = Witness(tmp_path, cell_id)
    with log.connect("auditor") as connection:
        assert witness.looks(log.last_checkpoint(connection, cell_id).note, "--begin") == 0
    seats.openings(viewer, 5)
    number = ids_of(owner_of_everything, cell_id)[3]
    rewrite(cell_id, "UPDATE audit_entry SET actor = gen_random_uuid() WHERE id = %s", number)

    assert verified(cell_id).clean
    assert "intact" in told("audit_verify", "--cell", str(cell_id))
    with log.connect("auditor") as connection:
        last = log.last_checkpoint(connection, cell_id)
    alarmed(witness, witness.leading(last), "the first 20 entries are no longer", capsys)
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1 logs") as ended:
        call_command("audit_verify", "--cell", str(cell_id), "--against", witness.state, stdout=out)
    assert ended.value.returncode == 1
    assert "forked: Le journal a été réécrit : entre les rangs 1 et 20" in out.getvalue()


def told(*arguments):
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def test_the_verification_holds_the_log_against_every_copy(log_of_700, every, tmp_path):
    files = []
    for stored in every:
        files.append(tmp_path / f"{stored.size}.txt")
        files[-1].write_text(stored.note, encoding="utf-8")
    against = [word for path in files for word in ("--against", str(path))]
    assert "intact, 700 entries" in told("audit_verify", "--cell", str(log_of_700), *against)

    said = checkpoint.read(every[2].note, keys.public_keys())
    key = keys.signing_key()
    cases = {
        "entre les rangs 514 et 600": checkpoint.sign(replace(said, root=bytes(32)), key),
        "supprimée après le rang 700": checkpoint.sign(replace(said, size=900), key),
    }
    for sentence, note in cases.items():
        files[2].write_text(note, encoding="utf-8")
        out = StringIO()
        with pytest.raises(CommandError, match="DAMAGED"):
            call_command("audit_verify", "--cell", str(log_of_700), *against, stdout=out)
        assert sentence in out.getvalue()

    refused = {
        "no key that we know": checkpoint.sign(said, Ed25519PrivateKey.generate()),
        "not a checkpoint of a log of this house": base64.b64encode(b"x").decode(),
        "cannot be read": None,
    }
    for sentence, note in refused.items():
        files[2].unlink() if note is None else files[2].write_text(note, encoding="utf-8")
        with pytest.raises(CommandError, match=sentence):
            call_command("audit_verify", *against)
