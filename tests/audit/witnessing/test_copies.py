"""Every agency keeps a copy of the record's seal; what was rewritten since does not fit it."""

import base64
import json
import subprocess
import sys
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from io import StringIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command

from agencies.services.make_token import make_token
from audit import checkpoint, keys, log, merkle
from audit.sql.telling import MOST_COPIES
from audit.standalone import rempart_witness
from audit.witnessing.comparing import compare
from kernel.scope import acting_as
from tests.agencies.factories import a_browser
from tests.audit.working import guards_off, ids_of, seal, verified
from tests.support.database import as_role
from tests.support.walls import injected

PAGE, COPY = "/journal/temoin/", "/journal/temoin/copie/"
API = "/api/v1/audit/"


def a_log(world):
    """Something happened in the cell, and is sealed."""
    case_id = world.qualified()
    seal(world.cell.pk)
    return case_id


def more(world):
    """Something more happens, and is sealed."""
    world.auditor.browser.get("/journal/")
    seal(world.cell.pk)


def copy_of(seat):
    """The checkpoint as somebody downloads it."""
    answer = seat.browser.get(COPY)
    assert answer.status_code == 200
    assert "attachment" in answer["Content-Disposition"]
    return answer.content.decode()


def told(seat, text):
    """What the page says to a copy."""
    file = SimpleUploadedFile("copie.txt", text.encode(), "text/plain")
    return seat.browser.post(PAGE, {"file": file, "copy": ""})


def last_entry(connection, world):
    [content] = connection.execute(
        "SELECT payload FROM audit_entry WHERE cell_id = %s"
        " AND kind = 'witness.compared' ORDER BY id DESC LIMIT 1",
        [world.cell.pk],
    ).fetchone()
    return json.loads(content)["facts"]


def test_every_agency_takes_a_copy_and_sees_the_log_prolong_it(world, owner_of_everything):
    a_log(world)
    for seat in (world.pilot, world.gendarme, world.cell_admin):
        note = copy_of(seat)
        more(world)
        page = told(seat, note)
        assert page.status_code == 200
        assert "Le journal prolonge votre copie" in page.content.decode()
        size = int(note.split("\n")[1])
        assert last_entry(owner_of_everything, world) == {"comparison": "extends", "entries": size}
        typed = seat.browser.post(PAGE, {"copy": "\ufeff" + note.replace("\n", "\r\n")})
        assert typed.context["compared"].agrees, "as a letter's text is pasted"
        assert page.context["stored"].size > size
        proof = seat.browser.get(f"/journal/temoin/preuve/{size}/").content.decode()
        assert_leads(proof, note)
        assert seat.browser.get("/journal/temoin/cles/").status_code == 404, "the first key signs"
        answer = seat.browser.get(f"{API}consistency/", {"old": size}).json()
        assert_leads(answer["file"], note)
        assert set(answer) == {"old", "size", "hashes", "note", "file", "keys"}
        assert answer["note"] == seat.browser.get(f"{API}checkpoint/").json()["note"]


def assert_leads(text, note):
    """The file leads from the copy to the newest checkpoint that it carries."""
    head, newest = text.split("\n\n", 1)
    old = checkpoint.read(note, keys.public_keys())
    new = checkpoint.read(newest, keys.public_keys())
    title, said, *hashes = head.split("\n")
    assert (title, said) == ("rempart/consistency/v1", f"old {old.size}")
    proof = [base64.b64decode(line) for line in hashes]
    assert merkle.verify_consistency(old.size, new.size, proof, old.root, new.root)


CHANGE = "UPDATE audit_entry SET actor = gen_random_uuid() WHERE id = %s"


def test_a_full_rewrite_by_the_owner_with_the_key_is_seen_by_whoever_kept_a_copy(
    world, rewrite, owner_of_everything
):
    """Everything inside agrees with itself again; the copy does not."""
    a_log(world)
    note = copy_of(world.gendarme)
    more(world)
    rewrite(world.cell.pk, CHANGE, ids_of(owner_of_everything, world.cell.pk)[1])
    assert verified(world.cell.pk).clean
    page = told(world.gendarme, note)
    assert page.status_code == 200
    assert "ALERTE : le journal ne prolonge pas votre copie" in page.content.decode()
    assert page.context["compared"].comparison == "forked"
    facts = last_entry(owner_of_everything, world)
    assert facts == {"comparison": "forked", "entries": int(note.split("\n")[1])}


@pytest.mark.parametrize("size", [1, 513, 600, 700])
def test_another_root_is_seen_at_every_size(size, log_of_700):
    """Also where there is nothing between the copy and today, so that the proof is empty."""
    with log.connect("auditor") as connection:
        [stored] = log.checkpoints(connection, log_of_700, above=size - 1, limit=1)
        said = checkpoint.read(stored.note, keys.public_keys())
        other = checkpoint.sign(replace(said, root=bytes(32)), keys.signing_key())
        for note, expected in ((stored.note, "extends"), (other, "forked")):
            assert compare(connection, log_of_700, note, keys.public_keys()) == expected


def test_an_end_that_was_taken_away_is_seen(world, rewrite, owner_of_everything):
    a_log(world)
    more(world)
    note = copy_of(world.pilot)
    last = ids_of(owner_of_everything, world.cell.pk)[-4:]
    rewrite(world.cell.pk, "DELETE FROM audit_entry WHERE id = ANY(%s)", last)
    assert verified(world.cell.pk).clean
    page = told(world.pilot, note)
    assert page.context["compared"].comparison == "truncated"
    assert "ALERTE" in page.content.decode()


def test_a_copy_that_the_log_never_signed_and_a_damaged_log_are_told_apart(
    world, owner_of_everything
):
    a_log(world)
    note = copy_of(world.pilot)
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, world.cell.pk)
    said = checkpoint.read(note, keys.public_keys())
    forged = checkpoint.sign(said, Ed25519PrivateKey.generate())
    for text in (forged, note.replace(note.split("\n")[2], base64.b64encode(bytes(32)).decode())):
        page = told(world.pilot, text)
        assert page.context["compared"].comparison == "unsigned"
        assert "Aucune clé connue" in page.content.decode()
    with guards_off(owner_of_everything):
        owner_of_everything.execute(
            "DELETE FROM audit_entry WHERE cell_id = %s AND id = %s",
            [world.cell.pk, stored.hi.id],
        )
    page = told(world.pilot, note)
    assert page.context["compared"].comparison == "damaged"
    assert world.pilot.browser.get(f"/journal/temoin/preuve/{stored.size}/").status_code == 409


def asked_by_the_witness(system, folder, *more):
    """The witness as cron runs it, against a house that answers as the application does."""

    class House(BaseHTTPRequestHandler):
        def do_GET(self):
            answer = system.get(self.path, headers={"Authorization": self.headers["Authorization"]})
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), House) as house:
        address = f"http://127.0.0.1:{house.server_port}"
        known = ["--state", folder / "kept", "--url", address, "--token-file", folder / "token"]
        witness = subprocess.Popen(
            [sys.executable, "-I", rempart_witness.__file__, *known, *more], stderr=subprocess.PIPE
        )
        house.timeout = 20
        house.handle_request()
        _out, told = witness.communicate(timeout=20)
        return witness.returncode, told.decode()


def test_a_system_of_an_agency_follows_the_log_with_a_token_and_reads_nothing_else(
    world, rewrite, tmp_path, owner_of_everything
):
    a_log(world)
    with acting_as(world.gendarme_lead.viewer) as viewer:
        made = make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Témoin",
            may=["record.witness"],
            days=30,
        )
    system = a_browser(headers={"Authorization": f"Bearer {made.secret}"})
    note = system.get(f"{API}checkpoint/").json()["note"]
    more(world)
    old = int(note.split("\n")[1])
    assert_leads(system.get(f"{API}consistency/", {"old": old}).json()["file"], note)
    assert system.get(f"{API}entries/").status_code == 403

    public = keys.signing_key().public_key()
    key = ("--key", checkpoint.verifier_line(keys.origin(world.cell.pk), public))
    (tmp_path / "token").write_text(f"{made.secret}\n")
    assert asked_by_the_witness(a_browser(), tmp_path, *key, "--begin") == (0, "")
    more(world)
    assert asked_by_the_witness(a_browser(), tmp_path, *key) == (0, "")
    more(world)
    rewrite(world.cell.pk, CHANGE, ids_of(owner_of_everything, world.cell.pk)[1])
    code, told = asked_by_the_witness(a_browser(), tmp_path, *key)
    assert (code, told.split(":")[0]) == (1, "ALARM")
    last = ids_of(owner_of_everything, world.cell.pk)[3:]
    rewrite(world.cell.pk, "DELETE FROM audit_entry WHERE id = ANY(%s)", last)
    code, told = asked_by_the_witness(a_browser(), tmp_path, *key)
    assert code == 1
    assert "the log no longer has the" in told


def test_what_is_no_copy_of_this_log_is_refused_with_a_sentence(world):
    a_log(world)
    note = copy_of(world.pilot)
    other = note.replace(f"/{world.cell.pk}\n", "/60\n")
    first, _size, *rest = note.split("\n")
    enormous = "\n".join([first, "9" * 17, *rest])
    spoilt = (note.replace("\n", " "), "rempart/1\n-3\n\n", "\x00", enormous)
    for text in ("", "bonjour", other, *spoilt):
        page = told(world.pilot, text) if text else world.pilot.browser.post(PAGE, {})
        assert page.status_code == 422, text
        assert "compared" not in page.context
    for older in (0, 10**6):
        assert world.pilot.browser.get(f"/journal/temoin/preuve/{older}/").status_code == 404
        assert world.pilot.browser.get(f"{API}consistency/", {"old": older}).status_code == 422


def test_sql_in_a_page_reads_hashes_of_its_own_cell_and_no_entry(world, log_of_700):
    a_log(world)
    with injected(world.gendarme) as connection:
        seen = connection.execute("SELECT DISTINCT cell_id FROM audit_checkpoint").fetchall()
        assert seen == [(world.cell.pk,)]
        assert connection.execute("SELECT count(*) FROM audit_tile").fetchone() == (0,)
        for table in ("audit_entry", "audit_bundle"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
        [size] = connection.execute("SELECT max(size) FROM audit_checkpoint").fetchone()
        tail = "SELECT octet_length(audit.tail_hashes(%s, %s))"
        assert connection.execute(tail, [world.cell.pk, size]).fetchone() == (size * 32,)
        assert connection.execute(tail, [log_of_700, 700]).fetchone() == (None,)
    with as_role("runtime") as connection:
        assert connection.execute(tail, [log_of_700, 700]).fetchone() == (None,)


def test_whoever_compares_more_than_are_kept_is_told_to_come_back(world):
    a_log(world)
    said = checkpoint.read(copy_of(world.gendarme), keys.public_keys())
    notes = [
        checkpoint.sign(replace(said, root=bytes([n]) * 32), keys.signing_key())
        for n in range(MOST_COPIES + 1)
    ]

    def again(note):
        page = told(world.gendarme, note)
        assert not page.context["compared"].agrees
        shown = "Comparez-la de nouveau après la prochaine" in page.content.decode()
        assert shown == page.context["compared"].again
        return shown

    assert [again(note) for note in notes] == [False] * MOST_COPIES + [True]
    assert again(notes[-1])
    assert not again(notes[0]), "it is kept already"
    call_command("audit_watch", "--once", "--cell", str(world.cell.pk), stdout=StringIO())
    assert not again(notes[-1])
