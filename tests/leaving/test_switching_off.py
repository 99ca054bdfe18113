"""An account is switched off everywhere by a command of the operator, and by nobody's page."""

import pytest
from django.core.management import CommandError, call_command

from kernel.errors import SignInRequired
from kernel.models import ScopeSession
from kernel.scope import acting_as
from tests.support.recorded import recorded
from tests.support.walls import injected, refusal

pytestmark = pytest.mark.database


def test_the_command_ends_every_place_and_session_at_once(world, elsewhere, capsys):
    person = world.gendarme.person
    second = person.joins(elsewhere.police.accession, "agency_partner")
    viewers = [person.viewer(), person.viewer(second.pk)]
    call_command("end_person", person.email, "--switch-off")
    for viewer in viewers:
        with pytest.raises(SignInRequired), acting_as(viewer):
            pass
    found = ScopeSession.objects.using("signin").filter(account_id=person.account_id)
    assert not found.exists()
    assert "désactivé" in capsys.readouterr().out
    for cell in (world.cell, elsewhere.cell):
        assert len(recorded("account.switched_off", cell_id=cell.pk)) == 1
    with pytest.raises(CommandError):
        call_command("end_person", person.email, "--switch-off")


def test_no_page_reaches_an_account(world):
    assert world.gendarme.viewer
    with injected(world.cell_admin) as connection:
        statement = "UPDATE agencies_account SET is_active = false"
        assert refusal(connection, statement) == "42501"
