"""A share that has run out and that nobody has tidied opens nothing, with one wall as with both."""

from datetime import timedelta
from uuid import uuid4

import pytest

from kernel.clock import now
from kernel.errors import NotFound
from kernel.scope import acting_as
from meetings.selectors import agenda, decisions, meeting_for, meetings_of
from meetings.services.convene import convene
from referrals.casefile.selectors import case_file, case_list
from referrals.casefile.services.reveal import reveal
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import finish_measure
from referrals.compartments import Compartment
from referrals.documents.services.read import begin_reading
from referrals.models.access import Level
from referrals.models.history import MeasureKind
from referrals.models.share import Purpose
from referrals.searching.question import Question
from referrals.searching.search import search_within
from referrals.sharing.audience import thing_for
from referrals.sharing.received import received
from referrals.sharing.requests import request_for
from referrals.sharing.services.ask import ask_information
from tests.support.database import admin
from tests.support.documents import a_document
from tests.support.searching import database_name
from tests.support.walls import without_row_security
from tests.support.world import in_days

pytestmark = pytest.mark.database
C = Compartment
OF_A_CASE = ("case_key", "compartment", "party", "measure", "feedback", "milestone", "document")
OVER = "now() - interval '1 second'"


def run_out(unit, case_id, *, but_known):
    """Time has gone by and nobody has come to tidy; that there is a case may still be shared."""
    with admin(database_name()) as connection:
        connection.execute("SET session_replication_role = replica")
        shares = f"UPDATE referrals_share SET starts_at = '2020-01-01', expires_at = {OVER}"
        connection.execute(f"{shares} WHERE to_unit = %s", [unit])
        if but_known:
            connection.execute(
                "INSERT INTO referrals_grant SELECT (jsonb_populate_record(g, jsonb_build_object("
                "'id', gen_random_uuid(), 'scope', 0, 'level', 1))).* FROM referrals_grant g"
                " WHERE unit_id = %s AND share_id IS NOT NULL",
                [unit],
            )
        for table in ("grant", "case_access"):
            change = "level = 1, scope = 0" if table == "case_access" and but_known else None
            change = change or f"valid_until = {OVER}"
            connection.execute(
                f"UPDATE referrals_{table} SET {change} WHERE unit_id = %s AND level > 1", [unit]
            )
        for table, key in [("case", "id"), *((table, "case_id") for table in OF_A_CASE)]:
            change = f"UPDATE referrals_{table} SET recheck_at = {OVER}"
            connection.execute(f"{change} WHERE {key} = %s", [case_id])
        for table in ("meeting", "agenda_item", "decision"):
            change = f"UPDATE meetings_{table} SET recheck_at = {OVER}"
            connection.execute(f"{change} WHERE %s = ANY (viewers)", [unit])


@pytest.mark.parametrize("but_known", [False, True])
def test_what_has_run_out_is_closed_by_each_wall_alone(world, but_known):
    case_id = world.activated()
    document_id = a_document(world.pilot, case_id)
    parts = (C.FACTS, C.IDENTITY_TARGET)
    world.shared(case_id, world.gendarme, *parts, level=Level.CONTRIBUTE)
    to_gendarme = world.gendarme.accession_id
    with acting_as(world.coordinator.viewer) as viewer:
        terms = {"kind": MeasureKind.SUPERVISION, "due_on": in_days(3)}
        measure = add_measure(viewer, case_id, owner_accession=to_gendarme, **terms).pk
        soon = now() + timedelta(hours=1)
        meeting = convene(viewer, case_id, starts_at=soon, agencies=[to_gendarme]).pk
    with acting_as(world.gendarme.viewer) as viewer:
        asked = ask_information(
            viewer, case_id, compartments=[C.FACTS], question="Quand ?", purpose=Purpose.SUPPORT
        ).pk
        party = case_file(viewer, case_id).parties[0].id
        assert [point.item for point in agenda(viewer, meeting_for(viewer, meeting))] != [None]
    run_out(world.gendarme.accession.unit_id, case_id, but_known=but_known)
    refused = {
        "reveal": lambda viewer: reveal(viewer, party),
        "read": lambda viewer: begin_reading(viewer, document_id, how="preview"),
        "finish": lambda viewer: finish_measure(viewer, measure),
        "thing": lambda viewer: thing_for(viewer, party),
        "own thing": lambda viewer: thing_for(viewer, measure),
        "request": lambda viewer: request_for(viewer, asked),
        "meeting": lambda viewer: meeting_for(viewer, meeting),
        "decisions": lambda viewer: decisions(viewer, meeting),
        "nothing": lambda viewer: thing_for(viewer, uuid4()),
    }

    def found(viewer):
        lines = received(viewer)
        return (
            [(case.pk, case.my_level) for case in case_list(viewer).cases],
            search_within(viewer, Question(words="Insultes")).results,
            (lines.running, lines.measures),
            meetings_of(viewer).coming,
        )

    def answers(act):
        try:
            with acting_as(world.gendarme.viewer) as viewer:
                act(viewer)
        except NotFound:
            return "not found"
        return "answered"

    def check():
        told = {name: answers(act) for name, act in refused.items()}
        assert told == dict.fromkeys(refused, "not found")
        with acting_as(world.gendarme.viewer) as viewer:
            known = [(case_id, Level.STUB)] if but_known else []
            assert found(viewer) == (known, [], ([], []), [])
            if but_known:
                opened = case_file(viewer, case_id)
                rows = (opened.contents, opened.parties, opened.measures, opened.milestones)
                assert (opened.level, rows) == (Level.STUB, ({}, [], [], []))
            else:
                with pytest.raises(NotFound):
                    case_file(viewer, case_id)

    check()
    with without_row_security("referrals_"), without_row_security("meetings_"):
        check()
