"""What is asked in an emergency is on record before it is answered, and so many times a day."""

from uuid import uuid4

import psycopg
import pytest

from kernel.errors import Invalid, TooMany
from kernel.scope import acting_as
from referrals.compartments import Compartment
from referrals.models.glass import Emergency
from referrals.sharing.glass import asked_in_vain
from referrals.sharing.services.break_glass import break_glass
from referrals.sql.glass import IN_VAIN_A_DAY
from tests.referrals.test_breaking_the_glass import WHY, broken, reference_of
from tests.referrals.test_glass_on_record import ASK, BREAK
from tests.support.searching import tables_holding
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database
C = Compartment


def test_by_sql_no_question_is_answered_that_can_still_be_undone(world):
    """Asked and rolled back nothing is said; asked and committed only that is said, and counted."""
    case_id = world.activated()
    reference = reference_of(world, case_id)
    with injected(world.police) as connection:
        for asked in ([], [reference, C.FACTS.mask], ["80-2019-99999", C.FACTS.mask]):
            number = uuid4()
            if asked:
                connection.execute(ASK, [number, *asked])
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not on record"):
                connection.execute(BREAK, [number, reference, C.FACTS.mask])
            connection.rollback()
        number = uuid4()
        connection.execute(ASK, [number, "80-2019-99999", C.FACTS.mask])
        connection.commit()
        for wanted, scope in [(reference, C.FACTS.mask), ("80-2019-99999", C.SCHOOL_STEPS.mask)]:
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="not on record"):
                connection.execute(BREAK, [number, wanted, scope])
            connection.rollback()
        answer = connection.execute(BREAK, [number, "80-2019-99999", C.FACTS.mask]).fetchone()
        assert answer == ("not_here",)
        connection.rollback()
        answers = []
        for _turn in range(IN_VAIN_A_DAY):
            answers += connection.execute(ASK, [uuid4(), reference, C.FACTS.mask]).fetchone()
            connection.commit()
        assert answers == ["asked"] * (IN_VAIN_A_DAY - 1) + ["too_many"]
        assert connection.execute("SELECT count(*) FROM referrals_glass_ask").fetchone() == (0,)


def test_what_is_no_reference_is_kept_nowhere(world):
    """A name typed in its place is a name in clear, for a month, before those who watch."""
    typed = {"compartments": [C.FACTS], "emergency": Emergency.DANGER, "reason": WHY}
    for name in ("CNRYdupont Léa, 5e B", "80-2026-0004", "80-2026-00042 CNRY", "%-2026-00042"):
        with acting_as(world.police.viewer) as viewer, pytest.raises(Invalid) as refused:
            break_glass(viewer, reference=name, **typed)
        assert set(refused.value.fields) == {"reference"}
        with injected(world.police) as connection:
            assert refusal(connection, ASK, uuid4(), name, C.FACTS.mask) == "23514"
    with acting_as(world.auditor.viewer) as viewer:
        assert asked_in_vain(viewer) == []
    assert tables_holding("CNRYdupont") == []


def test_who_tries_again_and_again_is_stopped_and_seen(world):
    case_id = world.activated()
    broken(world, world.police, case_id)
    for _turn in range(IN_VAIN_A_DAY):
        with acting_as(world.police.viewer) as viewer, pytest.raises(Invalid):
            tried(viewer)
    with acting_as(world.police.viewer) as viewer, pytest.raises(TooMany):
        tried(viewer)
    with pytest.raises(TooMany):
        broken(world, world.police, case_id, C.SCHOOL_STEPS)
    broken(world, world.gendarme, case_id)
    with acting_as(world.auditor.viewer) as viewer:
        seen = asked_in_vain(viewer)
    assert [asked.reference for asked in seen] == ["80-2019-99999"] * IN_VAIN_A_DAY
    assert {asked.account_id for asked in seen} == {world.police.viewer.account_id}
    page = world.auditor.browser.get("/acces-urgents/").text
    assert page.count("80-2019-99999") == IN_VAIN_A_DAY
    assert "Demandes sans suite" not in world.coordinator.browser.get("/acces-urgents/").text


def tried(viewer):
    break_glass(
        viewer,
        reference="80-2019-99999",
        compartments=[C.FACTS],
        emergency=Emergency.DANGER,
        reason=WHY,
    )
