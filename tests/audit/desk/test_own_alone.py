"""What keeps somebody from being told more of who has read a case: each condition by itself.

Every one is taken out alone, and somebody is told more: none of them hides behind another.
"""

import random
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.utils import timezone

from audit.tasks import count_entries
from tests.audit.desk.looking import read, since_long
from tests.audit.working import seal
from tests.support.database import admin
from tests.support.planting import function_says
from tests.support.walls import injected
from tests.support.world import Seated, World

pytestmark = pytest.mark.database
FUNCTION = "referrals.looked_at"
ASKED = f"SELECT * FROM {FUNCTION}(current_date - 9, current_date, %s, %s, %s, %s)"
SHARE = {"right": "share", "by": None, "purpose": "investigation"}
LATELY = 5


@pytest.fixture(scope="module")
def ground(database):
    """Three cases that six agencies read now and then; half of it is counted."""
    world, chance = World(), random.Random(5)
    cases = [world.activated() for _ in range(3)]
    for case_id in cases:
        world.shared(case_id, world.gendarme)
        world.shared(case_id, world.police)
    readers = {
        "pilot": "school",
        "coordinator": "coordination",
        "prosecutor": "prosecution",
        "gendarme": "share",
        "police": "share",
        "other_pilot": "glass",
    }
    with admin(settings.DATABASES["default"]["NAME"]) as owner:
        made = SimpleNamespace(world=world, owner=owner, case=cases[0], cases=cases)
        for case_id in cases:
            since_long(owner, case_id)
        people = {
            name: Seated(getattr(world, name).accession, *getattr(world, name).roles)
            for name in readers
        }
        for number in range(90):
            name = chance.choice(list(readers))
            right = "glass" if (name, number % 3) == ("gendarme", 0) else readers[name]
            facts = SHARE | {"right": right}
            who = people[name] if chance.random() < 0.8 else getattr(world, name)
            kind = chance.choice(("case.read", "document.read", "export.taken"))
            at = timezone.now() - timedelta(days=chance.randrange(1, LATELY))
            read(made, who, chance.choice(cases), at=at, kind=kind, facts=facts)
            if number == 45:
                seal(world.cell.pk)
                while count_entries():
                    pass
        yield made


def lines(seat, case_id=None, day=None, mark=None, most=999):
    """What SQL in this person's page gets from the function; the last of them has no mark."""
    with injected(seat) as connection:
        return connection.execute(ASKED, [case_id, day, mark, most]).fetchall()


def told(ground, name):
    """Everything that somebody is told, of all cases and of each by itself."""
    seat, found = getattr(ground.world, name), set()
    for case_id in (None, *ground.cases):
        found |= {(case_id, *map(str, line)) for line in lines(seat, case_id) if line[1]}
    return found


@contextmanager
def somebody_else(ground, name, *, now=None, level=None):
    """A person with another role, or with other rights to the cases, as long as it lasts."""
    seat = getattr(ground.world, name)
    was = "SELECT roles FROM kernel_seat WHERE id = %s"
    [roles] = ground.owner.execute(was, [seat.viewer.seat_id]).fetchone()
    change = "UPDATE kernel_seat SET roles = %s WHERE id = %s"
    units = "WHERE unit_id = ANY (%s) AND case_id = ANY (%s)"
    about = [list(seat.viewer.units), ground.cases]
    grants = ground.owner.execute(f"SELECT id, level FROM referrals_grant {units}", about)
    before = grants.fetchall()
    ground.owner.execute(change, [now or roles, seat.viewer.seat_id])
    if level:
        ground.owner.execute(f"UPDATE referrals_grant SET level = {level} {units}", about)
    try:
        yield
    finally:
        ground.owner.execute(change, [roles, seat.viewer.seat_id])
        for number, held in before:
            ground.owner.execute(
                "UPDATE referrals_grant SET level = %s WHERE id = %s", [held, number]
            )


PARTNER, LOOKING_ON = {"now": ["agency_partner"]}, {"level": 2}
ALONE = {
    "of others who does not steer": ("gendarme", "e.agency = own OR h.steers", "true", {}),
    "without the role": ("coordinator", "core AND max(g.level)", "max(g.level)", PARTNER),
    "of a case that others steer": ("coordinator", "max(g.level) = 5", "true", LOOKING_ON),
    "of a name elsewhere": (
        "coordinator",
        "CASE WHEN r.is_own THEN r.display_name END",
        "r.display_name",
        {},
    ),
    "what is one's own": ("coordinator", "e.agency = own AS is_own", "true AS is_own", {}),
    "of which office": ("coordinator", "CASE WHEN NOT r.office THEN r.agency END", "r.agency", {}),
    "what an office takes": ("coordinator", "r.taken AND NOT r.office", "r.taken", {}),
    "who is at the office": (
        "coordinator",
        "CASE WHEN NOT r.office THEN r.roles END",
        "r.roles",
        {},
    ),
    "by what right an office reads": ("coordinator", "NOT r.office AND (r.steers", "(r.steers", {}),
    "why an office reads": (
        "coordinator",
        "CASE WHEN NOT r.office THEN r.purpose END",
        "r.purpose",
        {},
    ),
    "of an emergency": ("gendarme", "r.steers OR r.of_right <> 'glass'", "true", {}),
    "of oneself": ("gendarme", "WHERE e.actor <> me", "", {}),
    "of cases that one does not see": ("other_pilot", "a.unit_id = ANY (mine)", "true", {}),
}


@pytest.mark.parametrize("name", ALONE)
def test_each_condition_alone_keeps_something_back(ground, name):
    who, condition, without, otherwise = ALONE[name]
    with somebody_else(ground, who, **otherwise):
        right = told(ground, who)
        with function_says(FUNCTION, condition, without):
            more = told(ground, who)
    assert not more <= right, f"nobody is told more without {condition!r}"


def test_of_one_s_own_agency_alone_however_it_is_asked(ground):
    """Counted or not, of one case or of all: the first condition is the only one, each time."""
    own = str(ground.world.gendarme.viewer.agency_id)
    assert {line[5] for line in told(ground, "gendarme")} == {own}
    with function_says(FUNCTION, "e.agency = own OR h.steers", "true"):
        found = told(ground, "gendarme")
    for of_case in (None, *ground.cases):
        assert {line[5] for line in found if line[0] == of_case} - {own}


@pytest.mark.parametrize("who", ["coordinator", "gendarme"])
def test_pages_of_any_length_are_the_whole_and_nothing_twice(ground, who):
    seat = getattr(ground.world, who)
    whole = [line for line in lines(seat) if line[1]]
    assert [line[:2] for line in whole] == sorted({line[:2] for line in whole}, reverse=True)
    assert len(whole) > 7
    for most in (2, 5):
        found, place = [], (None, None)
        while True:
            page = [line for line in lines(seat, None, *place, most=most) if line[1]]
            if not page:
                break
            found, place = found + page, page[-1][:2]
        assert found == whole, most


def test_few_at_once_are_the_same_as_many(ground):
    """However long the portions are, of days, of cases and of what the cell has written."""
    seat = ground.world.coordinator
    whole = lines(seat)
    for change in (("to_here := 5", "to_here := 1"), ("s.many > 5000", "s.many > 3")):
        with function_says(FUNCTION, *change):
            assert lines(seat) == whole
