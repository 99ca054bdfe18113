"""A case costs no more in a cell of three hundred agencies than in a small one."""

import time
from uuid import UUID

import pytest
from django.db import connection
from django.urls import reverse

from agencies.models import Accession, Agency
from agencies.operator import ALIAS
from kernel.ids import uuid7
from kernel.models import Unit
from tests.agencies.factories import a_number
from tests.support.world import Seated, World

SCHOOLS, PARTNERS = 270, 30
RATIO = 1.6
RUNS = 15


def grow(world: World) -> None:
    """A département's schools join the cell, and as many partners as a large one has."""
    kinds = ["school"] * SCHOOLS + ["municipality"] * PARTNERS
    agencies = Agency.objects.using(ALIAS).bulk_create(
        Agency(kind=kind, name=f"Organisme {a_number()}", departement_code="80", source="tests")
        for kind in kinds
    )
    numbers = [uuid7() for _ in agencies]
    cell_id = world.cell.pk
    units = Unit.objects.using(ALIAS).bulk_create(
        Unit(cell_id=cell_id, kind=kind, ref=number)
        for number in numbers
        for kind in (Unit.Kind.AGENCY, Unit.Kind.SECRECY)
    )
    Accession.objects.using(ALIAS).bulk_create(
        Accession(
            id=number,
            cell_id=cell_id,
            agency=agency,
            signed_on="2026-01-05",
            signatory="La direction",
            unit_id=units[2 * place].pk,
            secrecy_unit_id=units[2 * place + 1].pk,
        )
        for place, (number, agency) in enumerate(zip(numbers, agencies, strict=True))
    )


def opened(seat: Seated, case_id: UUID) -> tuple[int, int, float]:
    """Statements and rows of the page of a case, and the milliseconds that it takes at least.

    Of this process's own work: what else runs on the machine does not count.
    """
    path = reverse("referrals:case", args=[case_id])
    seat.browser.get(path)
    found = []

    def counting(execute, sql, parameters, many, context):
        answer = execute(sql, parameters, many, context)
        found.append(max(context["cursor"].rowcount, 0))
        return answer

    with connection.execute_wrapper(counting):
        assert seat.browser.get(path).status_code == 200
    times = []
    for _ in range(RUNS):
        began = time.thread_time()
        seat.browser.get(path)
        times.append(time.thread_time() - began)
    return len(found), sum(found), min(times) * 1000


@pytest.mark.parametrize("who", ["coordinator", "prosecutor", "gendarme"])
def test_the_page_of_a_case_does_not_grow_with_the_cell(world, who):
    """The same statements, the rows of the partners that are offered, and about the same time."""
    case_id = world.activated()
    world.shared(case_id, world.gendarme)
    seat = getattr(world, who)
    statements, rows, small = opened(seat, case_id)
    grow(world)
    more_statements, more_rows, large = opened(seat, case_id)
    assert more_statements == statements > 5
    assert more_rows - rows <= PARTNERS
    assert large <= RATIO * small, f"{large:.1f} ms instead of {small:.1f} ms"
