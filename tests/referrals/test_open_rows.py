"""Whether a row is open now, once the first right of its readers has run out: what is asked again.

The row is one that lists the viewer among its readers, so that only what is asked again refuses.
"""

import pytest

from kernel.clock import now
from kernel.scope import acting_as
from referrals.casefile.cases import is_open_now
from referrals.compartments import Compartment
from referrals.models import Measure
from tests.support.world import World

pytestmark = pytest.mark.database


def test_a_measure_of_another_agency_is_open_to_who_reads_its_part(database):
    world = World()
    case, gendarmes = world.activated(), world.gendarme.accession.unit_id
    police = world.police.accession.unit_id
    world.shared(case, world.gendarme, Compartment.FACTS)
    read, unread = Compartment.FACTS.bit, Compartment.TERRITORIAL.bit
    open_to_gendarmes = {
        (gendarmes, read): True,
        (gendarmes, unread): True,
        (police, read): True,
        (police, unread): False,
    }
    with acting_as(world.gendarme.viewer) as viewer:
        for (owner, bit), expected in open_to_gendarmes.items():
            row = Measure(case_id=case, owner_unit=owner, bit=bit, recheck_at=now())
            assert is_open_now(viewer, row) is expected, (owner, bit)
