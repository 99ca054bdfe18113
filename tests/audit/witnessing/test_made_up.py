"""What an injection leaves as a cosignature takes nobody's place, and nobody counts it."""

import base64
import secrets
from types import SimpleNamespace

import pytest

from audit import keys, log
from audit.health import health_of
from audit.verification import verify
from audit.verified import keep
from audit.witnessing import selectors
from audit.witnessing.cosigning import key_id
from audit.witnessing.services.add_witness import add_witness
from audit.witnessing.services.cosign import cosign
from kernel.scope import acting_as
from tests.audit.witnessing.witness_key import Key
from tests.audit.working import seal
from tests.support.walls import injected

pytestmark = pytest.mark.database


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
        blob = key_id(key.name, key.public) + at.to_bytes(8, "big") + secrets.token_bytes(64)
        line = f"\N{EM DASH} {key.name} {base64.b64encode(blob).decode()}"
        with injected(SimpleNamespace(viewer=lead)) as connection:
            asked = "SELECT audit.cosign(%s, %s, to_timestamp(%s), %s)"
            given = [stored.size, number, at, line]
            assert connection.execute(asked, given).fetchone() == (True,)
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
