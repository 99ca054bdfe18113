"""Communes are given to services: pasted, in a table, all or nothing."""

import pytest
from django.urls import reverse

from agencies.models import Coverage, CoverFunction
from agencies.operator import ALIAS
from agencies.services.assign_communes import assign_communes
from agencies.services.read_territory import read_communes, read_table
from kernel.errors import Invalid
from kernel.scope import acting_as
from tests.agencies.factories import an_accession
from tests.agencies.test_administering import facts_of

pytestmark = pytest.mark.database


def test_pasted_communes_are_understood_and_the_others_said_line_by_line(world):
    code = world.communes[2].insee
    with acting_as(world.cell_admin.viewer) as viewer:
        reading = read_communes(viewer, f"VALBRUME\nles trois fables, {code}\n\nNulle-Part\n99999")
    assert set(reading.wanted) == {world.communes[0].insee, code}
    assert [number for number, _problem in reading.wrong] == [4, 5]


def test_a_table_is_read_with_its_headings_quotes_and_mistakes(world):
    office = world.prosecutor.accession.agency.name
    text = (
        f'\ufeffCommune;Service\nValbrume;"{office}"\n\nHautefeinte;Inconnu\nLes Trois-Fables\n'
        f"Nulle-Part;{office}\nvalbrume;{world.prosecutor.accession_id}\n"
    )
    with acting_as(world.cell_admin.viewer) as viewer:
        reading = read_table(viewer, CoverFunction.PROSECUTOR, text)
    assert reading.wanted == {world.communes[0].insee: world.prosecutor.accession_id}
    assert [number for number, _problem in reading.wrong] == [4, 5, 6]


def test_a_refused_table_saves_nothing_and_loses_nothing(world):
    office = world.prosecutor.accession.agency.name
    address = reverse("agencies:cell_territory_table", args=["prosecutor"])
    text = f"Valbrume;{office}\nNulle-Part;{office}"
    page = world.cell_admin.browser.post(address, {"table": text})
    assert page.status_code == 422
    assert "Ligne 2" in page.text
    assert "Nulle-Part" in page.text
    assert not Coverage.objects.using(ALIAS).filter(cell=world.cell).exists()
    good = world.cell_admin.browser.post(address, {"table": f"Valbrume;{office}"})
    assert good.status_code == 302
    assert Coverage.objects.using(ALIAS).get(cell=world.cell).commune_insee


def test_communes_are_given_moved_and_taken_away(world):
    code = world.communes[0].insee
    other = an_accession(world.cell, kind="prosecutor")
    for service in (world.prosecutor.accession_id, other.pk, other.pk, None):
        with acting_as(world.cell_admin.viewer) as viewer:
            assign_communes(
                viewer,
                function=CoverFunction.PROSECUTOR,
                accession_id=service,
                communes=[code],
            )
        rows = Coverage.objects.using(ALIAS).filter(cell=world.cell)
        assert list(rows.values_list("accession_id", flat=True)) == ([service] if service else [])
    assert [fact["communes"] for fact in facts_of(world, "territory.changed")] == [1, 1, 1]


@pytest.mark.parametrize("kind", ["gendarmerie", "elsewhere"])
def test_only_a_service_of_the_right_kind_and_cell_is_assigned(world, elsewhere, kind):
    wrong = world.gendarme if kind == "gendarmerie" else elsewhere.prosecutor
    with acting_as(world.cell_admin.viewer) as viewer, pytest.raises(Invalid):
        assign_communes(
            viewer,
            function=CoverFunction.PROSECUTOR,
            accession_id=wrong.accession_id,
            communes=[world.communes[0].insee],
        )
