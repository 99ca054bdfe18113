"""What the tests of this room share."""

from pathlib import Path

import pytest

from tests.agencies.factories import a_cell, a_person, an_accession

REAL_DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Public extracts that are not part of this repository."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"SKIPPED FOR WANT OF DATA: the public extracts are not in {REAL_DATA}")
    return REAL_DATA


@pytest.fixture
def cell():
    """A cell of this test alone."""
    return a_cell()


@pytest.fixture
def coordinator(cell):
    """Somebody who coordinates the cell."""
    return a_person(an_accession(cell, kind="dsden"), "cell_coordinator")


@pytest.fixture
def pilot(cell):
    """The pilot of a school that takes part in the cell."""
    return a_person(an_accession(cell, kind="school"), "school_pilot")


@pytest.fixture
def gendarme(cell):
    """A partner of the cell."""
    return a_person(an_accession(cell, kind="gendarmerie"), "agency_partner")


@pytest.fixture
def dsden(cell):
    return an_accession(cell, kind="dsden")


@pytest.fixture
def admin_of(dsden):
    """Somebody who administers the cell."""
    return a_person(dsden, "cell_admin")


@pytest.fixture
def second_admin(dsden):
    """Somebody else who does."""
    return a_person(dsden, "cell_admin")
