"""What is asked stays with those who may read the answer, and only for as long as they may."""

import pytest

from kernel.errors import Invalid, NotFound
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models.access import Level
from referrals.models.share import Purpose
from referrals.sharing.requests import request_for
from referrals.sharing.services import answer
from referrals.sharing.services.answer_request import Verdict
from referrals.sharing.services.ask import ask_access, ask_information
from tests.agencies.factories import a_person
from tests.referrals.test_breaking_the_glass import broken
from tests.referrals.test_requests import answered, asked, lines
from tests.support.secrecy import secret_offer
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database
C = Compartment
CHECKED = "23514"
NEW = (
    "INSERT INTO referrals_request (id, cell_id, case_id, kind, from_unit, to_unit,"
    " agency_name, scope, level, purpose, question, state, asked_by, asked_at, lapses_at,"
    " granted_scope, refusals, version, viewers, answers) SELECT gen_random_uuid(),"
    " kernel.session_cell(), '{case}', 'information', {unit}, 0, '', {scope}, 2, 'protection',"
    " '\\x00', 'open', gen_random_uuid(), now(), now(), 0, '{{}}', 1, '{{}}', '\\x00'"
)


def found(seat) -> int:
    with injected(seat) as connection:
        return connection.execute("SELECT count(*) FROM referrals_request").fetchone()[0]


def informed(world, case_id, *parts):
    with acting_as(world.gendarme.viewer) as viewer:
        request_id = ask_information(viewer, case_id, compartments=parts, question="Et depuis ?").pk
    answered(world.coordinator, request_id, {part: Verdict(words="Rien.") for part in parts})
    return request_id


def test_nobody_asks_about_what_is_under_secrecy(world):
    """Also not who is bound by it: their agency and coordination would read the words."""
    case_id = world.activated()
    bound = a_person(world.coordinator.accession, "cell_coordinator", bound_by_secrecy=True)
    officer = a_person(world.gendarme.accession, "agency_partner", bound_by_secrecy=True)
    with acting_as(bound.viewer()) as viewer:
        share = secret_offer(viewer, case_id, world.gendarme)
    with acting_as(officer.viewer()) as viewer:
        answer.accept(viewer, share)
        with pytest.raises(Invalid):
            ask_information(
                viewer, case_id, compartments=[C.HEALTH_SOCIAL], question="Depuis mardi ?"
            )
    unit = world.gendarme.accession.unit_id
    new = NEW.format(case=case_id, unit=unit, scope=C.HEALTH_SOCIAL.mask)
    with injected(world.gendarme) as connection:
        connection.execute("SELECT set_config('app.token', %s, false)", [officer.viewer().token])
        connection.commit()
        assert refusal(connection, new) == CHECKED


def test_an_emergency_of_one_person_is_not_asked_about(world):
    """What they have opened for themselves is no part that their agency was shown."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    broken(world, world.gendarme, case_id, C.SCHOOL_STEPS)
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(Invalid):
        ask_information(viewer, case_id, compartments=[C.SCHOOL_STEPS], question="Et alors ?")
    unit = world.gendarme.accession.unit_id
    new = NEW.format(case=case_id, unit=unit, scope=C.SCHOOL_STEPS.mask)
    with injected(world.gendarme) as connection:
        assert refusal(connection, new) == CHECKED
    with acting_as(world.gendarme.viewer) as viewer:
        wanted = [C.SCHOOL_STEPS]
        assert ask_access(viewer, case_id, compartments=wanted, purpose=Purpose.PROTECTION)


def test_an_answer_ends_with_the_share_that_it_is_about(world):
    """The agency still knows of the case by another share, and reads no answer any more."""
    case_id = world.activated()
    share = world.shared(case_id, world.gendarme, C.FACTS)
    stub = world.shared(case_id, world.gendarme, C.SCHOOL_STEPS)
    request_id = informed(world, case_id, C.FACTS)
    other = asked(world.gendarme, case_id, C.TERRITORIAL)
    assert len(lines(world.gendarme, case_id)) == found(world.gendarme) == 2
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, share)
    assert [line.row.pk for line in lines(world.gendarme, case_id)] == [other]
    assert found(world.gendarme) == 1
    with acting_as(world.gendarme.viewer) as viewer, pytest.raises(NotFound):
        request_for(viewer, request_id)
    with acting_as(world.coordinator.viewer) as viewer:
        answer.revoke(viewer, stub)
    assert found(world.gendarme) == 0
    assert found(world.coordinator) == len(lines(world.coordinator, case_id)) == 2


def test_access_is_granted_by_a_share_with_who_asked_and_a_withdrawal_grants_nothing(world):
    case_id = world.activated()
    world.shared(case_id, world.gendarme, C.FACTS)
    theirs = world.proposed(case_id, world.gendarme, C.SCHOOL_STEPS)
    higher = world.proposed(case_id, world.gendarme, C.TERRITORIAL, level=Level.CONTRIBUTE)
    others = world.proposed(case_id, world.police, C.SCHOOL_STEPS)
    request_id = asked(world.gendarme, case_id, C.SCHOOL_STEPS, C.TERRITORIAL)
    grant = (
        "UPDATE referrals_request SET state = 'answered', granted_scope = {scope},"
        " share_id = {share} WHERE id = '{request}'"
    )
    both = C.SCHOOL_STEPS.mask | C.TERRITORIAL.mask
    for scope, share, answers in [
        (C.SCHOOL_STEPS.mask, f"'{theirs}'", "1 rows"),
        (C.SCHOOL_STEPS.mask, "NULL", CHECKED),
        (C.SCHOOL_STEPS.mask, f"'{others}'", CHECKED),
        (both, f"'{higher}'", CHECKED),
        (0, f"'{theirs}'", CHECKED),
        (C.TERRITORIAL.mask, f"'{theirs}'", CHECKED),
    ]:
        with injected(world.coordinator) as connection:
            text = grant.format(scope=scope, share=share, request=request_id)
            assert refusal(connection, text) == answers, (scope, share)
    with injected(world.gendarme) as connection:
        left = connection.execute(
            "UPDATE referrals_request SET state = 'withdrawn', granted_scope = 16,"
            " refusals = '{\"facts\": \"x\"}', answers = '\\x01' WHERE id = %s"
            " RETURNING granted_scope, refusals::text, share_id, answers = '\\x01'",
            [request_id],
        ).fetchone()
    assert left == (0, "{}", None, False)
