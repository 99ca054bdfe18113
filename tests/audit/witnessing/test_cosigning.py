"""An agency's own key signs what the log has signed, and contradicts it when it is rewritten."""

import json
import subprocess
import sys
import time
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.services.make_token import make_token
from audit import checkpoint, keys, log
from audit.standalone import rempart_witness
from audit.witnessing import cosigning
from audit.witnessing.services.add_witness import MOST
from kernel.ids import uuid7
from kernel.scope import acting_as
from tests.agencies.factories import a_browser
from tests.audit.witnessing.witness_key import Key
from tests.audit.working import guards_off, ids_of, seal, verified
from tests.support.at_once import Acting, at_once, held
from tests.support.walls import injected, refusal
from tests.support.world import World

pytestmark = pytest.mark.database

PAGE, NEW, HAND_IN = "/journal/temoin/", "/journal/temoin/cle/", "/journal/temoin/cosignature/"
API = "/api/v1/audit/"
KINDS = "kind LIKE 'witness.%%'"


@pytest.fixture(scope="module")
def ground(database):
    """A sealed cell whose gendarmerie has a key, and a system that may hand cosignatures in."""
    world = World()
    for seat in (*world.everybody().values(), world.gendarme_lead):
        assert seat.viewer
    world.qualified()
    key = Key()
    assert added(world.gendarme_lead, key.line).status_code == 302
    with acting_as(world.gendarme_lead.viewer) as viewer:
        made = make_token(
            viewer,
            accession_id=world.gendarme.accession_id,
            called="Témoin",
            may=["record.witness"],
            days=30,
        )
    seal(world.cell.pk)
    return SimpleNamespace(world=world, key=key, secret=made.secret)


@pytest.fixture(autouse=True)
def _fresh(ground, owner_of_everything):
    """Everybody has shown their factor a moment ago, however long the tests before took."""
    owner_of_everything.execute(
        "UPDATE kernel_session s SET factor_at = now() FROM kernel_seat k"
        " WHERE k.id = s.seat_id AND k.cell_id = %s AND s.channel = 'page'",
        [ground.world.cell.pk],
    )


def system_of(ground):
    return a_browser(headers={"Authorization": f"Bearer {ground.secret}"})


def added(seat, line):
    return seat.browser.post(NEW, {"key": line})


def sent(system, note):
    return system.post(f"{API}cosignatures/", {"note": note}, content_type="application/json")


def newest(world):
    """A checkpoint that nobody has cosigned yet."""
    world.auditor.browser.get("/journal/")
    seal(world.cell.pk)
    with log.connect("auditor") as connection:
        return log.last_checkpoint(connection, world.cell.pk)


def kept(connection, world, size):
    return connection.execute(
        "SELECT count(*) FROM audit_cosignature WHERE cell_id = %s AND size = %s",
        [world.cell.pk, size],
    ).fetchone()[0]


def entries(connection, world):
    """What the record says of witnesses, newest last."""
    rows = connection.execute(
        f"SELECT kind, payload FROM audit_entry WHERE cell_id = %s AND outcome = 'done' AND {KINDS}"
        " ORDER BY id",
        [world.cell.pk],
    ).fetchall()
    return [(kind, json.loads(content)["facts"]) for kind, content in rows]


def test_what_a_key_of_the_agency_signs_is_kept_once_shown_and_handed_out(
    ground, owner_of_everything, tmp_path, capsys
):
    world, key = ground.world, ground.key
    stored = newest(world)
    before = len(entries(owner_of_everything, world))
    note = key.cosigned(stored.note)
    page = world.gendarme_lead.browser.post(HAND_IN, {"copy": note.replace("\n", "\r\n")})
    assert "La cosignature est enregistrée" in page.content.decode()
    assert sent(system_of(ground), key.cosigned(stored.note, at=time.time() + 5)).json() == {
        "comparison": "extends",
        "size": stored.size,
        "again": False,
        "witnesses": [key.name],
    }, "sent again, it is there already"
    assert kept(owner_of_everything, world, stored.size) == 1
    said = entries(owner_of_everything, world)[before:]
    assert said == [("witness.cosigned", {"entries": stored.size, "number": 1})]

    shown = world.pilot.browser.get(PAGE).content.decode()
    assert key.line in shown.replace("<wbr>", "")
    assert f"/journal/temoin/cosigne/{stored.size}/" in shown
    file = tmp_path / "cosigned.txt"
    given = world.pilot.browser.get(f"/journal/temoin/cosigne/{stored.size}/").content.decode()
    assert given == note
    results = world.auditor.browser.get(f"{API}cosignatures/").json()["results"]
    assert [one["note"] for one in results if one["key"] == key.line] == [note]
    public = checkpoint.verifier_line(keys.origin(world.cell.pk), keys.signing_key().public_key())
    file.write_text(given, encoding="utf-8")
    asked = ["--key", public, "--check", str(file), "--cosigned-by"]
    assert rempart_witness.main([*asked, key.line]) == 0
    assert rempart_witness.main([*asked, Key().line]) == 1
    assert "has not cosigned it" in capsys.readouterr().err
    file.write_text(given.replace("time 2", "time 3"), encoding="utf-8")
    assert rempart_witness.main([*asked, key.line]) == 1
    assert verified(world.cell.pk).clean


def test_the_log_that_is_rewritten_is_contradicted_by_what_was_cosigned(
    ground, rewrite, owner_of_everything
):
    """All that the log's key has signed agrees again; what the witness has signed does not."""
    world, key = ground.world, ground.key
    stored = newest(world)
    assert sent(system_of(ground), key.cosigned(stored.note)).status_code == 200
    assert verified(world.cell.pk).clean
    forged = (
        "UPDATE audit_cosignature SET at = at + interval '1 s' WHERE cell_id = %s AND size = %s"
    )
    back = forged.replace("+", "-")
    with guards_off(owner_of_everything, "audit_cosignature"):
        owner_of_everything.execute(forged, [world.cell.pk, stored.size])
    assert [found.what for found in verified(world.cell.pk).findings] == ["illegible"]
    with guards_off(owner_of_everything, "audit_cosignature"):
        owner_of_everything.execute(back, [world.cell.pk, stored.size])
    change = "UPDATE audit_entry SET actor = gen_random_uuid() WHERE id = %s"
    rewrite(world.cell.pk, change, ids_of(owner_of_everything, world.cell.pk)[1])
    findings = verified(world.cell.pk).findings
    assert {found.what for found in findings} == {"cosignature"}
    assert stored.size - 1 in {found.index for found in findings}

    before = entries(owner_of_everything, world)
    answer = sent(system_of(ground), key.cosigned(stored.note)).json()
    assert (answer["comparison"], answer["witnesses"]) == ("forked", [])
    page = world.gendarme_lead.browser.post(HAND_IN, {"copy": key.cosigned(stored.note)})
    assert "ALERTE : le journal ne prolonge pas votre copie" in page.content.decode()
    facts = {"comparison": "forked", "entries": stored.size}
    said = entries(owner_of_everything, world)[len(before) :]
    assert said == [("witness.compared", facts)] * 2
    told = owner_of_everything.execute(
        "SELECT count(*) FROM kernel_outbox WHERE cell_id = %s AND kind = 'witness.alert'",
        [world.cell.pk],
    )
    assert told.fetchone() == (2,), "the auditor, in the inbox and by mail, once"
    with guards_off(owner_of_everything, "audit_cosignature"):
        owner_of_everything.execute(
            "DELETE FROM audit_cosignature WHERE cell_id = %s", [world.cell.pk]
        )


def test_only_who_answers_for_an_agency_adds_a_key_that_nobody_has_had(ground, owner_of_everything):
    world, key = ground.world, ground.key
    before = len(entries(owner_of_everything, world))
    for seat in (world.gendarme, world.pilot, world.auditor, world.cell_admin, world.coordinator):
        assert seat.browser.get(NEW).status_code == 403
        assert added(seat, Key().line).status_code == 403
    own = keys.signing_key().public_key()
    name = keys.origin(world.cell.pk)
    impossible = {
        "déjà connu": (key.line, Key(key.name).line),
        "celui du journal": (cosigning.key_line(name, Key().public), Key(f"{name}x").line),
        "collez la ligne": (
            checkpoint.verifier_line(name, own),
            key.line[:-4],
            f"x{key.line}",
            "bonjour",
            "temoin avec espaces+00000000+BA==",
        ),
    }
    same = cosigning.key_line("un.autre.nom", own.public_bytes_raw())
    assert added(world.prosecutor, same).status_code == 422, "the log's own key under another name"
    for words, lines in impossible.items():
        for line in lines:
            page = added(world.prosecutor, line)
            assert (page.status_code, words in page.content.decode()) == (422, True), line
    mine = Key()
    assert added(world.prosecutor, mine.line).status_code == 302
    said = entries(owner_of_everything, world)[before:]
    assert [kind for kind, _facts in said] == ["witness.added"]
    twice = Key()
    answers = at_once(
        "LOCK TABLE audit_witness IN SHARE MODE",
        acts=[lambda: added(world.prosecutor, twice.line).status_code] * 2,
    )
    assert sorted(answers) == [302, 422], "two tabs, one key"
    for _ in range(MOST - 3):
        assert added(world.prosecutor, Key().line).status_code == 302

    def one_more():
        return added(world.prosecutor, Key().line).status_code

    answers = at_once("LOCK TABLE audit_witness IN SHARE MODE", acts=[one_more] * 2)
    assert sorted(answers) == [302, 422], "two tabs, and one place left"
    owner_of_everything.execute(
        "UPDATE audit_witness SET withdrawn_at = now() WHERE cell_id = %s AND agency_id = %s",
        [world.cell.pk, world.prosecutor.accession.agency_id],
    )


def test_what_is_no_cosignature_of_this_agency_is_refused_in_words(ground, owner_of_everything):
    world, key, system = ground.world, ground.key, system_of(ground)
    stored = newest(world)
    note, stranger = stored.note, Key()
    said = checkpoint.read(note, keys.public_keys())
    unpublished = checkpoint.sign(
        type(said)(said.origin, said.size, said.root, said.at + timedelta(seconds=1)),
        keys.signing_key(),
    )
    refused = {
        "Aucune clé de votre organisme": (note, stranger.cosigned(note)),
        "ne correspond pas": (
            key.cosigned(note, over=note),
            key.cosigned(note, over="rempart/12\n"),
        ),
        "heure de la cosignature": (
            key.cosigned(note, at=5),
            key.cosigned(note, at=time.time() + 86400),
        ),
        "que le journal a publiés": (key.cosigned(unpublished),),
        "pas un point de contrôle": ("bonjour", key.cosigned(note.replace("/", "/9", 1))),
    }
    for words, notes in refused.items():
        for text in notes:
            answer = sent(system, text)
            assert answer.status_code == 422, text
            assert words in answer.json()["error"]["fields"]["note"][0], text
            page = world.gendarme_lead.browser.post(HAND_IN, {"copy": text})
            assert (page.status_code, words in page.content.decode()) == (422, True)
    assert sent(world.prosecutor.browser, key.cosigned(note)).status_code == 422, "another's key"
    assert kept(owner_of_everything, world, stored.size) == 0
    assert sent(system, key.cosigned(note)).status_code == 200


def test_a_withdrawn_key_signs_nothing_more_and_what_it_signed_stays(ground, owner_of_everything):
    world, system, key = ground.world, system_of(ground), Key()
    assert added(world.gendarme_lead, key.line).status_code == 302
    first = newest(world)
    assert sent(system, key.cosigned(first.note)).status_code == 200
    [(number,)] = owner_of_everything.execute(
        "SELECT id FROM audit_witness WHERE cell_id = %s AND name = %s", [world.cell.pk, key.name]
    ).fetchall()
    address = f"{NEW}{number}/retirer/"
    assert world.prosecutor.browser.post(address).status_code == 403, "another agency's"
    assert world.gendarme.browser.post(address).status_code == 403, "who does not answer for it"
    assert world.gendarme_lead.browser.post(f"{NEW}{uuid7()}/retirer/").status_code == 404

    second = newest(world)
    withdrawn = "UPDATE audit_witness SET withdrawn_at = now() WHERE id = %s"
    with held(withdrawn, number) as until_waiting:
        acting = Acting(lambda: sent(system, key.cosigned(second.note)))
        until_waiting(1)
    answer = acting.done()
    assert (answer.status_code, "est retirée" in answer.json()["error"]["message"]) == (409, True)
    owner_of_everything.execute(
        "UPDATE audit_witness SET withdrawn_at = NULL WHERE id = %s", [number]
    )
    answers = at_once(
        "SELECT FROM audit_witness WHERE id = %s FOR UPDATE",
        number,
        acts=[lambda: world.gendarme_lead.browser.post(address).status_code] * 2,
    )
    assert sorted(answers) == [302, 409], "two tabs"
    assert sent(system, key.cosigned(second.note)).status_code == 409
    assert kept(owner_of_everything, world, second.size) == 0
    assert kept(owner_of_everything, world, first.size) == 1
    assert "Retirée" in world.pilot.browser.get(PAGE).content.decode()
    assert added(world.prosecutor, key.line).status_code == 422, "it never comes back"
    assert verified(world.cell.pk).clean


def test_two_keys_are_kept_in_one_order_and_both_or_none(ground, owner_of_everything):
    world, first, second = ground.world, Key(), Key()
    lead = world.gendarme_lead
    assert [added(lead, each.line).status_code for each in (first, second)] == [302, 302]
    stored = newest(world)

    def handed_in(*signing):
        lines = [each.cosigned(stored.note).removeprefix(stored.note) for each in signing]
        return lead.browser.post(HAND_IN, {"copy": stored.note + "".join(lines)}).status_code

    withdrawn = "UPDATE audit_witness SET withdrawn_at = %s WHERE cell_id = %s AND name = %s"
    with held(withdrawn, stored.at, world.cell.pk, second.name) as until_waiting:
        acting = Acting(lambda: handed_in(first, second))
        until_waiting(1)
    assert acting.done() == 409
    assert kept(owner_of_everything, world, stored.size) == 0
    owner_of_everything.execute(withdrawn, [None, world.cell.pk, second.name])
    with CaptureQueriesContext(connection) as captured:
        assert handed_in(second, first) == 200
    asked = [each["sql"] for each in captured if "audit.cosign(" in each["sql"]]
    assert [first.name in sql for sql in asked] == [True, False]
    assert kept(owner_of_everything, world, stored.size) == 2


def test_sql_in_a_page_adds_withdraws_and_signs_nothing_that_its_session_may_not(ground):
    world = ground.world
    insert = (
        "INSERT INTO audit_witness (id, cell_id, agency_id, name, public, added_by) SELECT"
        " gen_random_uuid(), kernel.session_cell(), {}, 'x' || random(), sha256(random()::text"
        "::bytea), kernel.session_account()"
    )
    own, others = "kernel.session_agency()", f"'{world.prosecutor.accession.agency_id}'"
    asked = [
        (world.gendarme, insert.format(own)),
        (world.gendarme_lead, insert.format(others)),
        (world.gendarme_lead, "UPDATE audit_witness SET public = sha256('x')"),
        (world.gendarme_lead, "UPDATE audit_witness SET withdrawn_at = NULL"),
        (world.gendarme_lead, "DELETE FROM audit_witness"),
        (world.gendarme_lead, "INSERT INTO audit_cosignature SELECT * FROM audit_cosignature"),
    ]
    for seat, statement in asked:
        with injected(seat) as connection:
            assert refusal(connection, statement) == "42501", statement
    witness = "(SELECT id FROM audit_witness WHERE agency_id <> kernel.session_agency() LIMIT 1)"
    with injected(world.prosecutor) as connection:
        signed = f"SELECT audit.cosign(1, {witness}, now(), 'x')"
        assert connection.execute(signed).fetchone() == (None,)
        update = "UPDATE audit_witness SET withdrawn_at = now() WHERE id = " + witness
        assert connection.execute(update).rowcount == 0


def test_the_witness_of_one_file_makes_a_key_cosigns_and_hands_in(
    ground, owner_of_everything, tmp_path, capsys
):
    world = ground.world
    mine = tmp_path / "mine.key"
    name = f"temoin.{uuid7().hex[-12:]}.example"
    assert rempart_witness.main(["--new-key", str(mine), "--name", name]) == 0
    line = capsys.readouterr().out.strip()
    assert oct(mine.stat().st_mode)[-3:] == "600"
    assert rempart_witness.main(["--new-key", str(mine), "--name", name]) == 2, "never overwritten"
    assert added(world.gendarme_lead, line).status_code == 302
    stored = newest(world)
    browser = system_of(ground)

    class House(BaseHTTPRequestHandler):
        def do_GET(self):
            self.told(browser.get(self.path))

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.told(browser.post(self.path, body, content_type="application/json"))

        def told(self, answer):
            self.send_response(answer.status_code)
            self.end_headers()
            self.wfile.write(answer.content)

        def log_message(self, *_arguments):
            pass

    (tmp_path / "token").write_text(ground.secret)
    public = checkpoint.verifier_line(keys.origin(world.cell.pk), keys.signing_key().public_key())
    known = ["--key", public, "--state", tmp_path / "kept", "--token-file", tmp_path / "token"]
    with HTTPServer(("127.0.0.1", 0), House) as house:
        asked = [*known, "--url", f"http://127.0.0.1:{house.server_port}", "--sign-with", mine]
        program = [sys.executable, "-I", rempart_witness.__file__, *asked, "--begin"]
        house.timeout = 20
        witness = subprocess.Popen(program, stderr=subprocess.PIPE)
        house.handle_request()
        house.handle_request()
        _out, told = witness.communicate(timeout=20)
        assert (witness.returncode, told) == (0, b"")
    size = int((tmp_path / "kept").read_text(encoding="utf-8").split("\n")[1])
    assert size >= stored.size
    assert kept(owner_of_everything, world, size) == 1
    assert (tmp_path / "kept.cosigned").read_text(encoding="utf-8").count(name) == 1
