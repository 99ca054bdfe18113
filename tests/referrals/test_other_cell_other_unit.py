"""Selectors and services ask of which cell and of which units somebody is, each by itself.

The session is the rightful person's, so that the database would show everything; the selectors are
told another cell, or other units. And a row that says that it is another cell's is nobody's here,
though its case is.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from kernel.clock import now
from kernel.errors import NotAllowed, NotFound, StepUpRequired
from kernel.scope import acting_as
from referrals.casefile.cases import visible_case
from referrals.casefile.selectors import references_for
from referrals.casefile.services.reveal import reveal
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import case_of_measure
from referrals.casework.services.hand_over import may_hand_over
from referrals.compartments import Compartment
from referrals.documents.selectors import visible_document
from referrals.documents.services.upload import begin_upload, my_upload
from referrals.exporting.selectors import my_exports, own_export
from referrals.exporting.services.ask import Wanted, ask, shares_to_export
from referrals.models import Case, Party
from referrals.models.export import ExportForm, ExportPurpose
from referrals.models.history import MeasureKind
from referrals.models.share import Purpose
from referrals.sharing.selectors import awaiting_answer, ending_soon, running_for, shares_of_case
from referrals.sharing.services.answer import visible_share
from referrals.sharing.services.ask import ask_access, held_request
from referrals.sharing.services.renew import may_renew
from referrals.states import State
from tests.support.database import without_triggers
from tests.support.walls import said_to_be_elsewhere, without_row_security
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

A_DOCUMENT = (
    "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,"
    " file_key, owner_unit, owner_name, withheld, added_by, created_at, since, version, viewers,"
    " editors, recheck_at) SELECT gen_random_uuid(), cell_id, id, 3, 'report', 'pdf', 1, 'ready',"
    " '', '', owner_unit, '', '{}', created_by, now(), now(), 1, viewers, editors, recheck_at"
    " FROM referrals_case WHERE id = %s RETURNING id"
)


def measured(world, who, case_id):
    with acting_as(who.viewer) as viewer:
        return add_measure(
            viewer,
            case_id,
            kind=MeasureKind.SUPERVISION,
            owner_accession=world.pilot.accession_id,
            due_on=in_days(7),
        ).pk


@pytest.fixture(scope="module")
def world(database):
    made = World()
    made.case = made.activated()
    made.share = made.shared(made.case, made.gendarme, until=in_days(5))
    made.offer = made.proposed(made.case, made.police)
    made.measure = measured(made, made.coordinator, made.case)
    made.document = without_triggers(A_DOCUMENT, values=[made.case])[0][0]
    without_triggers("SELECT referrals.sync_case(%s)", values=[made.case])
    with acting_as(made.gendarme.viewer) as viewer:
        made.request = ask_access(
            viewer,
            made.case,
            compartments=[Compartment.SCHOOL_STEPS],
            purpose=Purpose.PROTECTION,
        ).pk
    with acting_as(made.coordinator.viewer) as viewer:
        made.party = Party.objects.filter(case_id=made.case).order_by("number").first()
        made.export = ask(viewer, made.case, Wanted(ExportForm.JSON, ExportPurpose.MEETING)).pk
    with acting_as(made.pilot.viewer) as viewer:
        made.upload = begin_upload(viewer, made.case, 100).pk
    return made


LISTS = {
    "names of cases": ("coordinator", lambda w, v: references_for(v, {w.case})),
    "shares of a case": ("gendarme", lambda w, v: shares_of_case(v, w.case)),
    "shares that wait": ("police", lambda w, v: awaiting_answer(v)),
    "shares that run": ("gendarme", lambda w, v: running_for(v)),
    "shares that end": ("coordinator", lambda w, v: ending_soon(v)),
    "shares to take along": ("coordinator", lambda w, v: shares_to_export(v, w.case)),
}


@pytest.mark.parametrize("what", LISTS)
def test_a_list_is_of_the_cell_and_of_the_units_of_who_looks(world, what):
    who, asked = LISTS[what]
    with acting_as(world.everybody()[who].viewer) as viewer:
        assert len(asked(world, viewer)) > 0
        assert len(asked(world, replace(viewer, cell_id=viewer.cell_id + 1))) == 0
        assert len(asked(world, replace(viewer, units=(0,)))) == 0


ROWS = {
    "case": ("pilot", lambda w, v: visible_case(v, w.case)),
    "share": ("gendarme", lambda w, v: visible_share(v, w.share)),
    "party": ("coordinator", lambda w, v: reveal(v, w.party.pk)),
    "measure": ("pilot", lambda w, v: case_of_measure(v, w.measure)),
    "measure to hand over": ("coordinator", lambda w, v: may_hand_over(v, w.measure)),
    "document": ("pilot", lambda w, v: visible_document(v, w.document)),
    "upload": ("pilot", lambda w, v: my_upload(v, w.upload)),
    "request": ("gendarme", lambda w, v: held_request(v, w.request)),
    "export": ("coordinator", lambda w, v: own_export(v, w.export)),
}


@pytest.mark.parametrize("what", ROWS)
def test_a_row_of_another_cell_is_not_there_though_its_case_is(world, what):
    who, asked = ROWS[what]
    with without_row_security():
        with acting_as(world.everybody()[who].viewer) as viewer:
            assert asked(world, viewer) is not None
        with (
            said_to_be_elsewhere(f"referrals_{what.split()[0]}", world.cell.pk),
            pytest.raises(NotFound),
            acting_as(world.everybody()[who].viewer) as viewer,
        ):
            asked(world, viewer)


def test_exports_of_another_cell_are_not_listed(world):
    with without_row_security():
        with acting_as(world.coordinator.viewer) as viewer:
            assert [line.export.pk for line in my_exports(viewer)] == [world.export]
        with (
            said_to_be_elsewhere("referrals_export", world.cell.pk),
            acting_as(world.coordinator.viewer) as viewer,
        ):
            assert my_exports(viewer) == []


def test_a_name_is_for_the_units_that_may_see_it_and_not_for_all_that_see_the_case(world):
    theirs = world.gendarme.viewer.units
    assert not set(world.party.viewers) & set(theirs)
    with acting_as(world.coordinator.viewer) as viewer:
        assert visible_case(replace(viewer, units=theirs), world.case)
        with pytest.raises(NotFound):
            reveal(replace(viewer, units=theirs), world.party.pk)


def test_a_name_asks_for_a_fresh_factor_before_it_is_fetched(world):
    old = now() - timedelta(hours=1)
    with pytest.raises(StepUpRequired), acting_as(world.coordinator.viewer) as viewer:
        reveal(replace(viewer, factor_at=old), world.party.pk)


def test_the_prosecutor_decides_a_measure_and_makes_no_plan(world):
    case_id = world.activated()
    assert measured(world, world.prosecutor, case_id)
    with acting_as(world.prosecutor.viewer):
        assert Case.objects.get(pk=case_id).state == State.ACTIVATED


def test_who_gave_no_share_is_not_sent_to_somebody_bound_by_secrecy(world):
    with pytest.raises(NotAllowed) as refused, acting_as(world.gendarme.viewer) as viewer:
        may_renew(viewer, world.share)
    assert refused.value.message == NotAllowed.default
