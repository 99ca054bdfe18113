"""What an injection leaves as a cosignature takes nobody's place, and nobody counts it."""

import base64
import re
import secrets
from types import SimpleNamespace
from uuid import uuid4

import pytest

from audit import keys, log
from audit.health import health_of
from audit.sql.witnesses import MOST_A_DAY, MOST_LINES, TOO_MANY
from audit.verification import verify
from audit.verified import keep
from audit.witnessing import cosigned, selectors
from audit.witnessing.cosigning import key_id
from audit.witnessing.services.add_witness import add_witness
from audit.witnessing.services.cosign import cosign
from kernel.errors import WrongState
from kernel.scope import acting_as
from tests.audit.witnessing.witness_key import Key
from tests.audit.working import guards_off, seal
from tests.support.at_once import WAITING, Acting
from tests.support.server import wait_for
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database

SIGNED = "SELECT audit.cosign(%s, %s, to_timestamp(%s), %s)"
AGED = "UPDATE audit_checkpoint SET at = at - interval '14 days' WHERE cell_id = %s"


def made_up_line(key, at):
    """A line that says the key and the time, and is signed by nobody."""
    blob = key_id(key.name, key.public) + at.to_bytes(8, "big") + secrets.token_bytes(64)
    return f"\N{EM DASH} {key.name} {base64.b64encode(blob).decode()}"


def test_the_real_one_is_found_among_as_many_as_an_injection_can_leave(
    opened, cell, seat, auditor, owner_of_everything
):
    lead, key = seat("agency_lead"), Key()
    opened(1)
    seal(cell)
    with guards_off(owner_of_everything, "audit_checkpoint"):
        owner_of_everything.execute(AGED, [cell])
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, cell)
    begun = int(stored.at.timestamp())
    with acting_as(lead) as viewer:
        number = add_witness(viewer, key.line)
    days = (0, 4, 2, 8, 6, 10)
    times = [begun + day * 86_400 + n for day in days for n in range(MOST_LINES)]
    lines = [made_up_line(key, at) for at in times]

    def handed(at, line):
        return [stored.size, number, at, line]

    with injected(SimpleNamespace(viewer=lead)) as connection:
        for each in zip(times, lines, strict=True):
            assert connection.execute(SIGNED, handed(*each)).fetchone() == (True,)
        connection.commit()
        for at in (times[0], times[-1], times[0] + 86_399):
            assert refusal(connection, SIGNED, *handed(at, made_up_line(key, at))) == TOO_MANY, at
        assert connection.execute(SIGNED, handed(times[0], lines[0])).fetchone() == (False,)
        connection.commit()
    with acting_as(lead) as viewer, pytest.raises(WrongState) as refused:
        cosign(viewer, key.cosigned(stored.note, at=times[-1]))
    assert "Trop de lignes" in str(refused.value.message)
    real = key.cosigned(stored.note, at=times[-1] + 86_400)
    with acting_as(lead) as viewer:
        assert cosign(viewer, real).names == (key.name,)
    with acting_as(auditor) as viewer:
        [known] = selectors.witnesses_of(viewer)
        assert selectors.note_at(viewer, stored.size) == real
    assert known.witness.size == stored.size


def test_lines_of_one_witness_come_one_after_another(opened, cell, seat, owner_of_everything):
    lead, key = seat("agency_lead"), Key()
    opened(1)
    seal(cell)
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, cell)
    at = int(stored.at.timestamp()) + 1
    with acting_as(lead) as viewer:
        number = add_witness(viewer, key.line)
    somebody = SimpleNamespace(viewer=lead)

    def one_more():
        with injected(somebody) as connection:
            return refusal(connection, SIGNED, stored.size, number, at, made_up_line(key, at))

    with injected(somebody) as connection:
        for _line in range(MOST_LINES):
            given = [stored.size, number, at, made_up_line(key, at)]
            connection.execute(SIGNED, given)
        acting = Acting(one_more)
        wait_for(
            lambda: not acting.running or owner_of_everything.execute(WAITING).fetchone()[0],
            within=20,
            what="the other one waits",
        )
        connection.commit()
    assert acting.done() == TOO_MANY


def test_a_line_that_its_key_has_not_signed_is_neither_shown_nor_counted(
    opened, cell, seat, auditor, owner_of_everything
):
    lead, key = seat("agency_lead"), Key()

    def sealed():
        opened(1)
        seal(cell)
        with log.connect("auditor") as connection:
            return log.last_checkpoint(connection, cell)

    def made_up(stored, at):
        with injected(SimpleNamespace(viewer=lead)) as connection:
            given = [stored.size, number, at, made_up_line(key, at)]
            assert connection.execute(SIGNED, given).fetchone() == (True,)
            connection.commit()

    def told():
        """The newest that the page says of the witness, and what a verification finds."""
        with acting_as(auditor) as viewer:
            [known] = selectors.witnesses_of(viewer)
            cosigned_at = health_of(viewer).cosigned_at
        with log.connect("auditor") as connection:
            keep(connection, report := verify(connection, cell, keys.public_keys()))
        kept = "SELECT cosigned_at FROM audit_verified WHERE cell_id = %s ORDER BY at DESC LIMIT 1"
        measured = owner_of_everything.execute(kept, [cell]).fetchone()[0]
        assert measured == cosigned_at == known.witness.cosigned_at
        seconds = cosigned_at and int(cosigned_at.timestamp())
        return known.witness.size, seconds, [found.what for found in report.findings]

    def note(stored):
        with acting_as(auditor) as viewer:
            return selectors.note_at(viewer, stored.size)

    with acting_as(lead) as viewer:
        number = add_witness(viewer, key.line)
    first = sealed()
    at = int(first.at.timestamp()) + 1
    made_up(first, at)
    assert told() == (None, None, ["cosignature"])
    assert note(first) == ""
    real = key.cosigned(first.note, at=at)
    for _again in range(2):
        with acting_as(lead) as viewer:
            assert cosign(viewer, real).names == (key.name,)
    with acting_as(lead) as viewer:
        cosign(viewer, key.cosigned(first.note, at=at + 60))
    made_up(first, at - 300)
    assert told() == (first.size, at, []), "its own word is there: nothing beside it says anything"
    assert note(first) == real, "the real one alone, and once"
    second = sealed()
    made_up(second, int(second.at.timestamp()) + 1)
    assert told() == (first.size, at, ["cosignature"]), "the real one is found behind it"
    assert note(second) == ""


def test_the_real_one_is_found_behind_more_lines_than_a_page_tries(
    opened, cell, seat, auditor, monkeypatch
):
    lead, key = seat("agency_lead"), Key()
    monkeypatch.setattr(cosigned, "MOST_TRIED", 2 * MOST_LINES)
    monkeypatch.setattr(cosigned, "_PAGE", MOST_LINES - 1)

    def sealed():
        opened(1)
        seal(cell)
        with log.connect("auditor") as connection:
            return log.last_checkpoint(connection, cell)

    def crowded():
        """One checkpoint more, with as many made-up lines as it takes."""
        stored = sealed()
        at = int(stored.at.timestamp()) + 1
        with injected(SimpleNamespace(viewer=lead)) as connection:
            for _line in range(MOST_LINES):
                given = [stored.size, number, at, made_up_line(key, at)]
                connection.execute(SIGNED, given)
            connection.commit()

    def told():
        with acting_as(auditor) as viewer:
            [known] = selectors.witnesses_of(viewer)
            assert health_of(viewer).cosigned_at == known.witness.cosigned_at
            return known.witness.size

    def measured():
        with log.connect("auditor") as connection:
            keep(connection, verify(connection, cell, keys.public_keys()))
            kept = "SELECT cosigned_at FROM audit_verified WHERE cell_id = %s ORDER BY at DESC"
            return int(log.execute(connection, kept, [cell])[0][0].timestamp())

    first = sealed()
    with acting_as(lead) as viewer:
        number = add_witness(viewer, key.line)
    real = key.cosigned(first.note, at=(at := int(first.at.timestamp()) + 1))
    with acting_as(lead) as viewer:
        cosign(viewer, real)
    for _checkpoint in range(3):
        crowded()
    assert measured() == at, "a verification tries every line there is"
    assert told() == first.size, "and a page begins where it has"
    crowded()
    assert (told(), measured()) == (first.size, at)
    second = sealed()
    with acting_as(lead) as viewer:
        cosign(viewer, key.cosigned(second.note))
    for _checkpoint in range(3):
        crowded()
    assert told() == first.size, "the newest that a verification knows"
    measured()
    assert told() == second.size


def test_a_day_of_one_witness_has_an_end_at_whatever_checkpoint(
    opened, cell, seat, owner_of_everything
):
    lead, key = seat("agency_lead"), Key()
    opened(1)
    seal(cell)
    with log.connect("auditor") as connection:
        stored = log.last_checkpoint(connection, cell)
    with acting_as(lead) as viewer:
        number = add_witness(viewer, key.line)
    owner_of_everything.execute(
        "INSERT INTO audit_cosignature (cell_id, size, witness, at, line)"
        " SELECT %s, n, %s, to_timestamp(n), n::text FROM generate_series(1, %s) n",
        [cell, number, MOST_A_DAY - 1],
    )
    at = int(stored.at.timestamp()) + 1
    last, beyond = made_up_line(key, at), made_up_line(key, at)
    with injected(SimpleNamespace(viewer=lead)) as connection:

        def handed(line):
            return connection.execute(SIGNED, [stored.size, number, at, line]).fetchone()

        assert handed(last) == (True,)
        assert handed(last) == (False,), "what is there is there"
        connection.commit()
        assert refusal(connection, SIGNED, stored.size, number, at, beyond) == TOO_MANY
        with guards_off(owner_of_everything, "audit_cosignature"):
            owner_of_everything.execute(
                "UPDATE audit_cosignature SET handed_in_at = now() - interval '25 hours'"
                " WHERE witness = %s AND line = '1'",
                [number],
            )
        assert handed(beyond) == (True,)


def test_the_next_lines_are_read_from_where_the_last_have_ended(cell, monkeypatch):
    """In the order of an index of this witness alone: what lies before them is not read again."""
    asked = []
    with log.connect("auditor") as connection:
        with monkeypatch.context() as noting:
            noting.setattr(log, "execute", lambda _c, *query: asked.append(query) or [])
            assert list(cosigned._newest_lines(connection, cell, uuid4())) == []
        with connection.transaction():
            connection.execute("SET LOCAL enable_seqscan = off")
            connection.execute("SET LOCAL enable_bitmapscan = off")
            [(query, values)] = asked
            rows = connection.execute(f"EXPLAIN {query}", values).fetchall()
    plan = "\n".join(row[0] for row in rows)
    assert "Sort" not in plan
    assert re.search(r"audit_cosignature_in_order.*\n *Index Cond: .*witness = .*size <= ", plan)
