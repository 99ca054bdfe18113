"""Copies that contradict the log for good are set aside by two people, and never go silently."""

import json
from contextlib import contextmanager
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from psycopg import errors

from audit import checkpoint, keys, log
from audit.health import health_of
from audit.sql.aside import MOST
from audit.witnessing import aside
from audit.witnessing.services import set_aside
from audit.witnessing.services.compare_copy import compare_copy
from kernel.errors import NotAllowed, NotFound, StepUpRequired, WrongState
from kernel.scope import acting_as
from tests.audit import seats
from tests.audit.working import seal
from tests.support.database import admin, as_role, without_triggers
from tests.support.searching import database_name
from tests.support.world import World

pytestmark = pytest.mark.database

PAGE, API, JOURNAL = "/journal/copies/", "/api/v1/audit/copies/", "/journal/"
STALE = "UPDATE kernel_session SET factor_at = now() - interval '6 minutes' WHERE account_id = %s"


@pytest.fixture(scope="module")
def world(database):
    """A cell whose log is sealed at a few sizes."""
    made = World()
    made.qualified()
    seal(made.cell.pk)
    return made


def the_log(cell):
    with log.connect("auditor") as connection:
        return log.last_checkpoint(connection, cell)


def lost(cell, size):
    """A copy of what is no longer there: signed by the log's key, and of another log than this."""
    said = checkpoint.read(the_log(cell).note, keys.public_keys())
    return checkpoint.sign(replace(said, size=size, root=bytes(32)), keys.signing_key())


def compared(seat, note):
    """What the page of the witness says to it."""
    with acting_as(seat.viewer) as viewer:
        return compare_copy(viewer, note).comparison


def watched(cell):
    call_command("audit_watch", "--once", "--cell", str(cell))


def state(seat):
    with acting_as(seat.viewer) as viewer:
        found = health_of(viewer)
    return list(found.against), found.set_aside, bool(found.findings)


@pytest.fixture
def ground(world, owner_of_everything):
    """Two copies contradict the log; what an earlier test has set aside is forgotten."""
    owner_of_everything.execute("DELETE FROM audit_aside WHERE cell_id = %s", [world.cell.pk])
    notes = [lost(world.cell.pk, size) for size in (3, 5)]
    for note in notes:
        assert compared(world.gendarme, note) == "forked"
    assert state(world.auditor) == ([3, 5], 0, True)
    yield SimpleNamespace(cell=world.cell.pk, notes=notes)
    # What stands is let go, so that the next one begins anew.
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings) VALUES (%s, 1, 0)", [world.cell.pk]
    )


@contextmanager
def as_(seat):
    with acting_as(seat.viewer) as viewer:
        yield viewer


def proposed(seat, shown=None):
    with as_(seat) as viewer:
        shown = aside.shown_by(aside.standing(viewer)) if shown is None else shown
        return set_aside.propose(viewer, reason="restored", shown=shown).id


def shown_of(notes):
    """What the list of these copies says of itself."""
    return aside.shown_by([aside.Kept(note) for note in notes])


def signed(seat, which):
    with as_(seat) as viewer:
        return set_aside.sign(viewer, which)


def told(cell):
    """What the record says of it, the newest last."""
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT kind, payload FROM audit_entry WHERE cell_id = %s AND outcome = 'done'"
            " AND kind LIKE 'witness.aside%%' ORDER BY id DESC LIMIT 2",
            [cell],
        ).fetchall()
    return [(kind, json.loads(payload)["facts"]) for kind, payload in rows[::-1]]


def test_two_people_set_aside_what_stands_and_another_copy_raises_the_alarm_again(world, ground):
    which = proposed(world.auditor)
    watched(ground.cell)
    assert state(world.auditor) == ([3, 5], 0, True), "a proposal ends nothing"
    later = lost(ground.cell, 4)
    assert compared(world.gendarme, later) == "forked"
    signed(world.cell_admin, which)
    watched(ground.cell)
    assert state(world.auditor) == ([4], 2, True), "what came later was never proposed"
    about = {
        "aside": str(which),
        "aside_reason": "restored",
        "copies": [sha256(note.encode()).hexdigest() for note in sorted(ground.notes)],
        "copy_sizes": [int(note.split("\n")[1]) for note in sorted(ground.notes)],
    }
    assert told(ground.cell) == [
        ("witness.aside_proposed", about | {"before": None, "after": "proposed"}),
        ("witness.aside_signed", about | {"before": "proposed", "after": "signed"}),
    ]
    signed(world.cell_admin, proposed(world.auditor))
    watched(ground.cell)
    assert state(world.auditor) == ([], 3, False)
    for note in (*ground.notes, later):
        assert compared(world.gendarme, note) == "forked", "whoever has it is told as before"
    assert state(world.auditor) == ([], 3, False), "but it raises the alarm no more"
    watched(ground.cell)
    assert compared(world.gendarme, lost(ground.cell, 6)) == "forked"
    assert state(world.auditor) == ([6], 3, True)
    watched(ground.cell)
    assert state(world.auditor) == ([6], 3, True)


def test_nobody_sets_aside_what_they_have_not_been_shown(world, ground):
    shown = shown_of(ground.notes)
    later = lost(ground.cell, 4)
    assert compared(world.gendarme, later) == "forked"
    for other in (shown, shown_of([later]), shown_of([]), ""):
        with pytest.raises(WrongState):
            proposed(world.auditor, other)
    with as_(world.auditor) as viewer:
        assert aside.asides(viewer) == []
    proposed(world.auditor, shown_of([later, *ground.notes]))


def test_of_very_many_copies_those_that_an_entry_can_name_are_set_aside_first(
    world, ground, owner_of_everything
):
    # As texts the larger of these come before the smaller ones.
    many = [lost(ground.cell, size) for size in range(900, 900 + 2 * MOST + 50)]
    owner_of_everything.execute(
        "INSERT INTO audit_verified (cell_id, size, findings, copies) VALUES (%s, 1, 1, %s)",
        [ground.cell, many],
    )
    assert f"prend les {MOST} premières" in world.auditor.browser.get(PAGE).text
    left = []
    for _proposal in range(3):
        signed(world.cell_admin, proposed(world.auditor, shown_of(many)))
        with as_(world.auditor) as viewer:
            many = [copy.note for copy in aside.standing(viewer)]
        left.append((len(many), aside.Kept(many[0]).size if many else None))
    assert left == [(MOST + 50, 900 + MOST), (50, 900 + 2 * MOST), (0, None)]
    without_triggers(
        "INSERT INTO audit_aside SELECT gen_random_uuid(), cell_id, state, reason, ARRAY['x'],"
        " proposed_by, now(), signed_by, now() FROM audit_aside, generate_series(1, %s)"
        " WHERE cell_id = %s",
        values=[aside.SHOWN, ground.cell],
    )
    with as_(world.auditor) as viewer:
        assert aside.standing(viewer) == [], "also once many others were set aside"


def test_a_file_of_what_is_aside_is_told_of_and_stands_no_more(world, ground, tmp_path):
    signed(world.cell_admin, proposed(world.auditor))
    watched(ground.cell)
    file = tmp_path / "kept.txt"
    file.write_text(ground.notes[0])
    with pytest.raises(CommandError, match="DAMAGED"):
        call_command("audit_verify", "--cell", str(ground.cell), "--against", str(file), "--quiet")
    assert state(world.auditor) == ([], 2, True)
    watched(ground.cell)
    assert state(world.auditor) == ([], 2, False)


def test_who_may_and_when(world, ground):
    for seat in (world.coordinator, world.cell_admin):
        with pytest.raises(NotFound):
            proposed(seat, shown_of(ground.notes))
    with admin(database_name()) as connection:
        stranger = seats.a_seat(connection, ground.cell + 1, "auditor", "cell_admin")
    with pytest.raises(WrongState), acting_as(stranger) as viewer:
        set_aside.propose(viewer, reason="restored", shown=shown_of(ground.notes))
    which = proposed(world.auditor)
    with pytest.raises(WrongState):
        proposed(world.auditor)
    with pytest.raises(NotAllowed):
        signed(world.auditor, which)
    for viewer, error in ((world.coordinator.viewer, NotFound), (stranger, WrongState)):
        with pytest.raises(error), acting_as(viewer) as fresh:
            set_aside.sign(fresh, which)
    with as_(world.auditor) as viewer:
        assert set_aside.withdraw(viewer, which).state == "withdrawn"
    assert told(ground.cell)[1][0] == "witness.aside_withdrawn"
    for seat, act in ((world.cell_admin, set_aside.sign), (world.auditor, set_aside.withdraw)):
        with pytest.raises(WrongState), as_(seat) as viewer:
            act(viewer, which)
    watched(ground.cell)
    assert state(world.auditor) == ([3, 5], 0, True)


def test_an_old_factor_signs_nothing(world, ground, owner_of_everything):
    which, admin_ = proposed(world.auditor), world.cell_admin.viewer
    try:
        owner_of_everything.execute(STALE, [admin_.account_id])
        with pytest.raises(StepUpRequired), acting_as(admin_) as viewer:
            set_aside.sign(viewer, which)
    finally:
        owner_of_everything.execute(
            "UPDATE kernel_session SET factor_at = now() WHERE account_id = %s",
            [admin_.account_id],
        )


def asked(viewer, query, *given):
    """What a function answers to a session, as an injection would call it."""
    with as_role("runtime") as connection:
        connection.execute("SELECT set_config('app.token', %s, true)", [viewer.token])
        return connection.execute(query, given).fetchone()


PROPOSE = "SELECT audit.propose_aside(gen_random_uuid(), 'restored', %s)"
SIGN, WITHDRAW = "SELECT audit.sign_aside(%s)", "SELECT audit.withdraw_aside(%s)"


def test_the_database_asks_by_itself(world, ground, owner_of_everything):
    which = str(proposed(world.auditor))
    for query, refused in (
        (PROPOSE, (world.cell_admin, world.coordinator)),
        (SIGN, (world.auditor, world.coordinator)),
        (WITHDRAW, (world.cell_admin, world.coordinator)),
    ):
        for seat in refused:
            with pytest.raises(errors.InsufficientPrivilege):
                asked(seat.viewer, query, which)
    for query, seat in ((PROPOSE, world.auditor), (SIGN, world.cell_admin)):
        viewer = seat.viewer
        try:
            owner_of_everything.execute(STALE, [viewer.account_id])
            with pytest.raises(errors.InsufficientPrivilege, match="fresh"):
                asked(viewer, query, which)
        finally:
            owner_of_everything.execute(
                "UPDATE kernel_session SET factor_at = now() WHERE account_id = %s",
                [viewer.account_id],
            )
    with pytest.raises(errors.CheckViolation):
        owner_of_everything.execute(
            "UPDATE audit_aside SET state = 'signed', signed_by = proposed_by, signed_at = now()"
            " WHERE id = %s",
            [which],
        )


def test_the_page_shows_what_stands_and_goes_on_showing_what_is_aside(world, ground):
    auditor, admin_ = world.auditor.browser, world.cell_admin.browser
    assert auditor.get(PAGE).status_code == 200
    assert PAGE in auditor.get(JOURNAL).text
    assert "Rien à signer" in admin_.get(PAGE).text
    shown = shown_of(ground.notes)
    assert f'name="shown" value="{shown}"' in auditor.get(PAGE).text
    said = {"reason": "restored", "shown": shown}
    for incomplete in ({}, {"reason": "restored"}, {"shown": shown}, said | {"shown": "none"}):
        assert auditor.post(f"{PAGE}proposer/", incomplete).status_code == 422
    other = auditor.post(f"{PAGE}proposer/", said | {"shown": shown_of(ground.notes[:1])})
    assert other.status_code == 409
    assert f'name="shown" value="{shown}"' in other.text, "what stands now is shown"
    assert admin_.post(f"{PAGE}proposer/", said).status_code == 404
    assert auditor.post(f"{PAGE}proposer/", said).status_code == 302
    mine, theirs = auditor.get(PAGE).context["open"], admin_.get(PAGE).context["open"]
    assert (mine["may_sign"], mine["may_withdraw"]) == (False, True)
    assert (theirs["may_sign"], theirs["may_withdraw"]) == (True, False)
    which = {"which": mine["aside"].id}
    assert auditor.post(f"{PAGE}signer/", which).status_code == 403
    assert auditor.post(f"{PAGE}retirer/", which).status_code == 302
    said["reason"] = "trial"
    assert auditor.post(f"{PAGE}proposer/", said).status_code == 302
    which = {"which": admin_.get(PAGE).context["open"]["aside"].id}
    assert admin_.post(f"{PAGE}signer/", which).status_code == 302
    assert auditor.post(f"{PAGE}proposer/", said).status_code == 409, "none is left"
    said["shown"] = shown_of([])
    assert auditor.post(f"{PAGE}proposer/", said).status_code == 409
    watched(ground.cell)
    shown = auditor.get(PAGE).text
    assert "Aucune copie gardée ici ne contredit le journal, hors celles" in shown
    digest = sha256(ground.notes[0].encode()).hexdigest()
    assert " ".join(digest[at : at + 4] for at in range(0, 64, 4)) in shown
    assert "Copies mises à l'écart" in auditor.get(JOURNAL).text.replace("&#x27;", "'")
    for seat in (world.coordinator, world.pilot):
        assert seat.browser.get(PAGE).content == seat.browser.get("/journal/rien/").content


def test_the_api_says_and_does_the_same(world, ground):
    def call(seat, path="", **body):
        return seat.browser.post(f"{API}{path}", body, content_type="application/json")

    said = world.auditor.browser.get(API).json()
    assert [copy["entries"] for copy in said["standing"]] == [3, 5]
    assert [copy["note"] for copy in said["standing"]] == ground.notes
    established = {"reason": "established", "shown": said["shown"]}
    assert call(world.auditor, **established | {"reason": "because"}).status_code == 422
    assert call(world.auditor, reason="established").status_code == 422
    assert call(world.auditor, **established | {"shown": "0" * 64}).status_code == 409
    which = call(world.auditor, **established).json()["id"]
    assert call(world.auditor, "sign/", which=which).status_code == 403
    assert call(world.auditor, "withdraw/", which=which).json()["state"] == "withdrawn"
    which = call(world.auditor, **established).json()["id"]
    assert call(world.cell_admin, "withdraw/", which=which).status_code == 404
    assert call(world.cell_admin, "sign/", which=which).json()["state"] == "signed"
    said = world.cell_admin.browser.get(API).json()
    assert said["standing"] == []
    assert [(each["state"], len(each["copies"])) for each in said["set_aside"]] == [
        ("signed", 2),
        ("withdrawn", 2),
    ]


def test_a_note_of_which_the_size_alone_is_known_is_shown_as_such():
    kept = aside.Kept("\n4\n")
    assert (kept.size, kept.root) == (4, "")
