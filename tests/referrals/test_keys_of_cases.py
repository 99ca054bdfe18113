"""Keys of cases and periods are replaced while people work, and destroyed for good."""

import io
from datetime import date

import pytest
from django.core.management import CommandError, call_command

from audit import keys, log
from audit.sealer import Sealer
from audit.services.verify_log import verify_log
from kernel.crypto.keyring import CannotDecrypt
from kernel.scope import acting_as
from meetings.models import Decision
from referrals.casefile.cases import cipher_of, locked_case
from referrals.casefile.sealed import everything_sealed
from referrals.casefile.selectors import case_file
from referrals.casefile.services.reveal import reveal
from referrals.casework.services.add_measure import add_measure
from referrals.keeping.rotate_case import rotate_case
from referrals.keeping.rotate_period import rotate_period
from referrals.models import Case
from referrals.models.history import MeasureKind
from referrals.searching.question import Question
from referrals.searching.search import search_within
from tests.audit.working import at_work
from tests.support.at_once import Acting
from tests.support.database import admin, as_role
from tests.support.keys import forget_keys
from tests.support.recorded import recorded
from tests.support.searching import database_name
from tests.support.world import in_days

pytestmark = pytest.mark.database
MARK = " Coquelicot"
NOT_SEALED = {
    "referrals_case_key.wrapped": "the key itself",
    "referrals_export.at_work": "the hash of a session's token",
    "referrals_party.blind": "the blind index",
    "referrals_party.blind_name": "the blind index",
    "referrals_party.blind_born": "the blind index",
}


@pytest.fixture
def case_id(world):
    """A case with everything in it: parties, facts, steps and a measure with a note."""
    made = world.activated(mark=MARK)
    with acting_as(world.coordinator.viewer) as viewer:
        add_measure(
            viewer,
            made,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(7),
            note=f"Devant la grille{MARK}",
        )
    return made


def opened(world, case_id):
    """Everything that coordination reads of a case, names among it."""
    with acting_as(world.coordinator.viewer) as viewer:
        file = case_file(viewer, case_id)
        names = [reveal(viewer, party.id) for party in file.parties]
        notes = [note for _measure, note in file.measures]
        return file.contents, [party.label for party in file.parties], notes, names


def reference(case_id):
    with admin(database_name()) as connection:
        row = connection.execute("SELECT reference FROM referrals_case WHERE id = %s", [case_id])
        return row.fetchone()[0]


def key_of(case_id):
    with admin(database_name()) as connection:
        return connection.execute(
            "SELECT period_key_id, wrapped, number FROM referrals_case_key WHERE case_id = %s",
            [case_id],
        ).fetchone()


def kinds(world):
    with admin(database_name()) as connection:
        rows = connection.execute(
            "SELECT kind FROM audit_entry WHERE cell_id = %s AND actor = %s",
            [world.cell.pk, "00000000-0000-0000-0000-000000000000"],
        ).fetchall()
    return [kind for (kind,) in rows]


def test_every_sealed_column_is_one_that_is_sealed_anew(database):
    with admin(database_name()) as connection:
        found = connection.execute(
            "SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a"
            " JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r'"
            " JOIN pg_attribute k ON k.attrelid = a.attrelid AND k.attname = 'case_id'"
            " WHERE a.atttypid = 'bytea'::regtype AND c.relnamespace = 'public'::regnamespace"
            " AND c.relname NOT LIKE 'audit%'"
        ).fetchall()
    sealed = {f"{one.table}.{column}" for one in everything_sealed() for column in one.columns}
    assert {name for (name,) in found} == sealed | set(NOT_SEALED)


def test_a_case_with_a_new_key_reads_as_before_and_is_written_on(world, case_id):
    before = opened(world, case_id)
    with acting_as(world.coordinator.viewer) as viewer:
        stale = cipher_of(Case.objects.get(pk=case_id))
        assert viewer
    old = key_of(case_id)
    said = io.StringIO()
    call_command("rotate_case_keys", reference(case_id), stdout=said)
    assert ": 1," in said.getvalue()
    _period, wrapped, number = key_of(case_id)
    assert number == 2
    assert wrapped != old[1]
    assert opened(world, case_id) == before
    call_command("rotate_case_keys", reference(case_id), stdout=io.StringIO())
    forget_keys()
    assert opened(world, case_id) == before
    with acting_as(world.coordinator.viewer) as viewer:
        assert search_within(viewer, Question(words="coquelicot grille")).count == 1
        add_measure(
            viewer,
            case_id,
            kind=MeasureKind.OTHER,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(8),
            note="Après",
        )
    assert "Après" in opened(world, case_id)[2]
    # Somebody who had read the former key reads on: the present one is asked for.
    with acting_as(world.coordinator.viewer) as viewer:
        file = case_file(viewer, case_id)
        party = file.parties[0].id
        with admin(database_name()) as connection:
            label = connection.execute(
                "SELECT label FROM referrals_party WHERE id = %s", [party]
            ).fetchone()[0]
        assert stale.open("referrals_party", "label", party, label) == file.parties[0].label
    assert kinds(world).count("key.case_rotated") == 2


def test_what_was_sealed_by_a_former_key_is_not_written_any_more(world, case_id):
    """Whoever does not hold the case would write what nobody can read: the database refuses."""
    with acting_as(world.coordinator.viewer):
        stale = cipher_of(Case.objects.get(pk=case_id))
    rotate_case(case_id)
    with admin(database_name()) as connection:
        row = connection.execute(
            "SELECT id FROM referrals_measure WHERE case_id = %s", [case_id]
        ).fetchone()[0]
        with pytest.raises(Exception, match="replaced meanwhile"):
            connection.execute(
                "UPDATE referrals_measure SET note = %s WHERE id = %s",
                [stale.seal("referrals_measure", "note", row, "perdu"), row],
            )


def test_whoever_writes_is_waited_for(world, case_id):
    viewer = world.coordinator.viewer
    with acting_as(viewer) as bound:
        case = locked_case(bound, case_id)
        sealed = cipher_of(case)
        rotating = Acting(lambda: rotate_case(case_id))
        add_measure(
            bound,
            case_id,
            kind=MeasureKind.OTHER,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(8),
            note="Pendant",
        )
        assert sealed
    assert rotating.done() > 5
    assert "Pendant" in opened(world, case_id)[2]


def test_a_period_gets_a_new_key_and_the_old_one_is_destroyed(world, case_id):
    before, old = opened(world, case_id), key_of(case_id)
    other = world.submitted(mark=MARK)
    said = io.StringIO()
    call_command("rotate_period_keys", world.cell.code, stdout=said)
    assert "détruite" in said.getvalue()
    fresh = key_of(case_id)
    assert fresh[0] != old[0]
    assert fresh[1] != old[1]
    assert key_of(other)[0] == fresh[0]
    assert opened(world, case_id) == before
    forget_keys()
    assert opened(world, case_id) == before
    with admin(database_name()) as connection:
        left = connection.execute(
            "SELECT id, generation FROM kernel_period_key WHERE cell_id = %s", [world.cell.pk]
        ).fetchall()
    assert left == [(fresh[0], 2)]
    assert key_of(world.submitted())[0] == fresh[0]
    assert "key.period_rotated" in kinds(world)


def test_somebody_at_work_keeps_the_old_key_of_the_period(world, case_id):
    """A case that is being begun under it is wrapped anew by the next run."""
    period = str(date.today().year)  # noqa: DTZ011 (only the year, as the key's name has it)
    with acting_as(world.pilot.viewer) as viewer:
        from referrals.intake.services.start_draft import start_draft

        begun = start_draft(viewer)
        rotating = Acting(lambda: rotate_period(world.cell.pk, period, int, patience=0.5))
        assert rotating.done() is False
    old = key_of(begun)[0]
    assert rotate_period(world.cell.pk, period, int)
    assert key_of(begun)[0] != old
    assert opened(world, case_id)


def seal(cell_id: int) -> None:
    """Seal what has settled; other cells of this database may have been damaged by their tests."""
    with log.connect("sealer") as connection:
        sealer = at_work(Sealer(connection, keys.signing_key()))
        while sealer.seal():
            pass
        assert cell_id not in sealer.damaged


def test_a_shredded_case_is_gone_at_once_and_the_record_still_verifies(world, case_id):
    forget = {"family_name": f"Cible{MARK}", "given_name": f"Alba{MARK}"}
    named = reference(case_id)
    opened(world, case_id)
    with pytest.raises(CommandError):
        call_command("shred_case", named)
    with acting_as(world.coordinator.viewer):
        remembered = cipher_of(Case.objects.get(pk=case_id))
    call_command("shred_case", named, "--even-open", stdout=io.StringIO())
    assert key_of(case_id) is None
    for seat in (world.pilot, world.coordinator, world.prosecutor):
        assert seat.browser.get(f"/dossiers/{case_id}/").status_code == 404
        with acting_as(seat.viewer) as viewer:
            assert search_within(viewer, Question(**forget)).count == 0
            assert search_within(viewer, Question(reference=named)).count == 0
    with admin(database_name()) as connection:
        marks = connection.execute(
            "SELECT count(*) FROM referrals_party WHERE case_id = %s"
            " AND coalesce(blind, blind_name, blind_born) IS NOT NULL",
            [case_id],
        ).fetchone()
    assert marks == (0,)
    assert remembered
    assert "case.shredded" in kinds(world)
    seal(world.cell.pk)
    with acting_as(world.auditor.viewer) as viewer:
        assert not verify_log(viewer).report.findings
    with pytest.raises(CommandError):
        call_command("shred_case", named, "--even-open")


def test_a_shredded_period_opens_nothing_not_even_in_an_older_backup(world, case_id, settings):
    """The wrapped keys as a backup has them, put back: the period's key is not in it any more."""
    kept = key_of(case_id)
    with admin(database_name()) as connection:
        content = connection.execute(
            "SELECT id, content FROM referrals_compartment WHERE case_id = %s LIMIT 1", [case_id]
        ).fetchone()
    period = str(date.today().year)  # noqa: DTZ011 (only the year, as the key's name has it)
    with pytest.raises(CommandError):
        call_command("shred_period", world.cell.code, period)
    said = io.StringIO()
    call_command("shred_period", world.cell.code, period, "--even-open", stdout=said)
    assert "détruits : 1" in said.getvalue()
    told = ("done", {"period": f"year.{period}", "cases": 1})
    assert recorded("key.period_shredded", cell_id=world.cell.pk) == [told]
    forget_keys()
    from kernel.crypto.cases import CaseCipher

    with acting_as(world.coordinator.viewer), pytest.raises(CannotDecrypt):
        CaseCipher(case_id, *kept).open("referrals_compartment", "content", *content)
    assert world.coordinator.browser.get(f"/dossiers/{case_id}/").status_code == 404
    assert world.submitted()


def test_the_keeper_reads_keys_and_sealed_bytes_and_nothing_else(database):
    with as_role("keeper") as connection:
        for statement in (
            "SELECT school_name FROM referrals_case",
            "SELECT email FROM agencies_account",
            "SELECT display_name FROM agencies_membership",
            "SELECT name FROM agencies_agency",
            "SELECT payload FROM audit_entry",
            "SELECT token_hash FROM kernel_session",
            "SELECT session_data FROM django_session",
            "UPDATE referrals_case SET state = 'closed'",
            "UPDATE referrals_compartment SET viewers = '{1}'",
            "DELETE FROM referrals_case",
            "INSERT INTO referrals_case_key (case_id) VALUES (gen_random_uuid())",
        ):
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(statement)
            connection.rollback()
    assert Decision._meta.db_table in {one.table for one in everything_sealed()}
