"""The services that the territory names come first when a case is shared, and none by itself."""

import re

import pytest
from django.urls import reverse

from agencies.models import Commune, Coverage
from agencies.operator import ALIAS
from kernel.scope import acting_as
from referrals import partners
from referrals.models import Share

pytestmark = pytest.mark.database

NAMED, OTHERS = "Compétents pour cette commune", "Autres services"


@pytest.fixture
def commune(world) -> str:
    """The school's commune, for which the territory names the police."""
    agency = world.pilot.accession.agency
    insee = world.communes[0].insee
    type(agency).objects.using(ALIAS).filter(pk=agency.pk).update(commune_insee=insee)
    assert Commune.objects.filter(insee=insee).exists()
    for commune, service in zip(world.communes[:2], (world.police, world.gendarme), strict=True):
        Coverage.objects.using(ALIAS).create(
            cell=world.cell,
            function="law_enforcement",
            commune_insee=commune.insee,
            accession=service.accession,
        )
    return insee


def choices(html: str) -> str:
    """The list of services as the page prints it."""
    found = re.search(r'<select name="(?:share-to_accession|service)".*?</select>', html, re.DOTALL)
    assert found
    return found.group(0)


def group(html: str, label: str) -> str:
    """What stands under one heading of the list."""
    return choices(html).split(f'<optgroup label="{label}">')[1].split("</optgroup>")[0]


def test_the_competent_service_is_named_first_and_not_chosen(world, commune):
    case_id = world.activated()
    page = world.coordinator.browser.get(reverse("referrals:share", args=[case_id])).text
    police, gendarmerie = (str(s.accession_id) for s in (world.police, world.gendarme))
    assert police in group(page, NAMED)
    assert gendarmerie not in group(page, NAMED)
    assert gendarmerie in group(page, OTHERS)
    assert choices(page).index(NAMED) < choices(page).index(OTHERS)
    chosen = re.findall(r'<option value="([^"]*)" selected', choices(page))
    assert chosen in ([], [""])


def test_sending_the_form_without_choosing_shares_with_nobody(world, commune):
    case_id = world.activated()
    address = reverse("referrals:share", args=[case_id])
    answer = world.coordinator.browser.post(
        address,
        {
            "share-to_accession": "",
            "share-purpose": "protection",
            "share-legal_basis": "protocol",
            "share-compartments": ["facts"],
            "share-level": "2",
        },
    )
    assert answer.status_code == 422
    assert NAMED in choices(answer.text)
    with acting_as(world.coordinator.viewer):
        assert not Share.objects.filter(case_id=case_id).exists()


def test_where_the_territory_names_nobody_there_is_one_list(world):
    case_id = world.activated()
    with acting_as(world.coordinator.viewer) as viewer:
        school = world.pilot.accession.agency_id
        assert partners.competent_for(viewer, school) == set()
    page = world.coordinator.browser.get(reverse("referrals:share", args=[case_id])).text
    assert "<optgroup" not in choices(page)
    assert str(world.police.accession_id) in choices(page)
