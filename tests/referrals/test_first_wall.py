"""What the services refuse of their own accord, where the database might let it pass.

The session is somebody's of the case; the services are told that its seat holds another role. So
what refuses is the first wall: the second asks the session.
"""

from contextlib import contextmanager
from dataclasses import replace

import pytest

from kernel.errors import NotAllowed, NotFound, TooMany, WrongState
from kernel.scope import acting_as
from referrals.casefile.cases import visible_case
from referrals.casefile.selectors import references_for
from referrals.casefile.services.give_orders import give_orders
from referrals.compartments import Compartment
from referrals.documents.bounds import DOCUMENTS
from referrals.documents.services.add import NewDocument, prepare
from referrals.documents.services.upload import begin_upload
from referrals.exporting.services.ask import Wanted, ask
from referrals.exporting.services.want import want_person
from referrals.intake.escalation import PartyInput
from referrals.intake.services.save_draft import read_draft
from referrals.intake.services.search_before import search_before
from referrals.intake.services.start_draft import start_draft
from referrals.models.case import Case
from referrals.models.content import PartyRole
from referrals.models.document import Nature
from referrals.models.export import ExportForm, ExportPurpose
from referrals.models.share import Purpose, RenewalReason
from referrals.sharing.services.answer import case_of_share
from referrals.sharing.services.answer_request import asked_of
from referrals.sharing.services.ask import ask_access
from referrals.sharing.services.renew import renew
from tests.support.database import without_triggers
from tests.support.walls import without_row_security
from tests.support.world import World, in_days

pytestmark = pytest.mark.database

PUPIL = PartyInput(PartyRole.TARGET, "Nulle", "Part", in_days(-4000), "")
MEETING = Wanted(ExportForm.JSON, ExportPurpose.MEETING)


@pytest.fixture(scope="module")
def world(database):
    made = World()
    made.case = made.activated()
    made.begun = made.draft()
    made.share = made.shared(made.case, made.gendarme)
    with acting_as(made.gendarme.viewer) as viewer:
        made.request = ask_access(
            viewer,
            made.case,
            compartments=[Compartment.SCHOOL_STEPS],
            purpose=Purpose.PROTECTION,
        ).pk
    return made


REFUSED = {
    "to begin a referral": ("pilot", "agency_lead", lambda w, v: start_draft(v), NotAllowed),
    "to read a draft": ("pilot", "agency_lead", lambda w, v: read_draft(v, w.begun), NotFound),
    "to search a pupil": ("pilot", "agency_lead", lambda w, v: search_before(v, PUPIL), NotAllowed),
    "to search one as school": (
        "coordinator",
        "school_pilot",
        lambda w, v: search_before(v, PUPIL),
        NotAllowed,
    ),
    "to ask for a person's data": (
        "auditor",
        "auditor",
        lambda w, v: want_person(v, reference="nulle part"),
        NotAllowed,
    ),
    "to end a share that one has": (
        "gendarme",
        "agency_partner",
        lambda w, v: case_of_share(v, w.share),
        NotAllowed,
    ),
    "to answer without the role": (
        "coordinator",
        "agency_partner",
        lambda w, v: asked_of(v, w.request),
        NotAllowed,
    ),
    "to answer oneself": (
        "gendarme",
        "cell_coordinator",
        lambda w, v: asked_of(v, w.request),
        NotAllowed,
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_service_refuses_before_the_database_does(world, what):
    who, role, act, refusal = REFUSED[what]
    with (
        pytest.raises(refusal) as refused,
        acting_as(world.everybody()[who].viewer) as viewer,
    ):
        act(world, replace(viewer, roles=frozenset({role})))
    assert type(refused.value) is refusal


def test_a_system_takes_no_case_along(world):
    with pytest.raises(NotAllowed) as refused, acting_as(world.gendarme.viewer) as viewer:
        ask(replace(viewer, channel="token"), world.case, MEETING)
    assert refused.value.code == "not_allowed"


def test_no_case_is_named_to_who_works_on_none(world):
    with acting_as(world.coordinator.viewer) as viewer:
        assert references_for(viewer, {world.case})
        assert references_for(replace(viewer, roles=frozenset({"auditor"})), {world.case}) == {}


@contextmanager
def ordered(world, *, freeze=False, closed=()):
    """With these orders of the prosecutor, which are lifted afterwards."""

    def order(**orders):
        with acting_as(world.prosecutor.viewer) as viewer:
            give_orders(viewer, world.case, pause_interviews=False, **orders)

    order(freeze_acts=freeze, closed=closed)
    try:
        yield
    finally:
        order(freeze_acts=False)


def test_nothing_is_sent_while_acts_are_frozen(world):
    with (
        ordered(world, freeze=True),
        pytest.raises(WrongState) as refused,
        acting_as(world.pilot.viewer) as viewer,
    ):
        begin_upload(viewer, world.case, 100)
    assert refused.value.code == "acts_frozen"


def test_no_share_of_a_part_is_prolonged_while_it_is_closed(world):
    with (
        ordered(world, closed=[Compartment.FACTS]),
        pytest.raises(WrongState) as refused,
        acting_as(world.coordinator.viewer) as viewer,
    ):
        renew(viewer, world.share, until=in_days(200), reason=RenewalReason.FOLLOW_UP)
    assert refused.value.code == "part_closed"


MANY = (
    "INSERT INTO referrals_document (id, cell_id, case_id, bit, nature, kind, size, state, about,"
    " file_key, owner_unit, owner_name, withheld, added_by, created_at, since, version, viewers,"
    " editors, recheck_at) SELECT gen_random_uuid(), cell_id, id, 3, 'report', 'pdf', 1, 'ready',"
    " '', '', owner_unit, '', '{}', %(seat)s, now(), now(), 1, viewers, editors, recheck_at"
    " FROM referrals_case, generate_series(1, %(most)s) WHERE id = %(case)s"
)


def test_nobody_adds_more_documents_in_an_hour_than_a_person_can_have_to(world):
    new = NewDocument(Compartment.FACTS, Nature.REPORT, "compte-rendu.pdf", intimate=False)
    of = {"seat": world.pilot.viewer.seat_id, "most": DOCUMENTS, "case": world.case}
    without_triggers(MANY, values=of)
    try:
        with pytest.raises(TooMany), acting_as(world.pilot.viewer) as viewer:
            prepare(viewer, world.case, new)
    finally:
        without_triggers("DELETE FROM referrals_document WHERE case_id = %(case)s", values=of)


def test_after_the_time_to_look_again_a_case_is_seen_by_who_is_granted_it(world):
    without_triggers(
        "UPDATE referrals_case SET recheck_at = now() WHERE id = %(case)s",
        "UPDATE referrals_grant SET valid_until = now() WHERE share_id = %(share)s",
        values={"case": world.case, "share": world.share},
    )
    try:
        with acting_as(world.pilot.viewer) as viewer:
            assert visible_case(viewer, world.case).pk == world.case
        with without_row_security(), acting_as(world.gendarme.viewer) as viewer:
            assert set(Case.objects.get(pk=world.case).viewers) & set(viewer.units)
            with pytest.raises(NotFound):
                visible_case(viewer, world.case)
    finally:
        without_triggers(
            "UPDATE referrals_grant g SET valid_until = s.expires_at FROM referrals_share s"
            " WHERE s.id = g.share_id AND s.id = %(share)s",
            "SELECT referrals.sync_case(%(case)s)",
            values={"case": world.case, "share": world.share},
        )
