"""A cell founded, an agency enrolled and a person created from a terminal."""

import io
import re

import pytest
from django.core.management import CommandError, call_command

from agencies.models import Account, Cell, Membership
from agencies.operator import ALIAS
from tests.agencies.factories import a_browser, a_cell, a_number, a_school, an_accession


def run(*arguments):
    out = io.StringIO()
    call_command(*arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_a_person_is_created_with_a_place_and_an_authenticator(cell, monkeypatch):
    school = an_accession(cell, kind="school").agency
    uai = school.school.uai
    email = f"p{a_number()}@essais.exemple"
    monkeypatch.setattr("sys.stdin", io.StringIO("un mot de passe bien long\n"))
    said = run(
        *("create_person", email, "--name", "Une Personne", "--cell", cell.code, "--agency", uai),
        *("--roles", "school_pilot", "--job", "Principale", "--password-stdin"),
    )
    assert "otpauth://totp/" in said
    assert "▄" in said or "█" in said
    place = Membership.objects.using(ALIAS).get(account__email=email)
    assert (place.agency_id, place.roles, place.job_title) == (
        school.pk,
        ["school_pilot"],
        "Principale",
    )
    answer = a_browser().post(
        "/connexion/", {"email": email, "password": "un mot de passe bien long"}
    )
    assert answer["Location"] == "/connexion/code/"


def test_without_a_terminal_a_password_is_made_up_and_told_once(cell, monkeypatch):
    agency = an_accession(cell).agency
    email = f"p{a_number()}@essais.exemple"
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = run(
        *("create_person", email, "--name", "Une Personne", "--cell", cell.code),
        *("--agency", str(agency.pk), "--roles", "agency_partner", "--secrecy"),
    )
    password = re.search(r"main propre : (\S+)", said)[1]
    account = Account.objects.using(ALIAS).get(email=email)
    assert account.check_password(password)
    assert Membership.objects.using(ALIAS).get(account=account).bound_by_secrecy


def test_somebody_who_has_an_account_keeps_password_and_authenticator(cell, gendarme):
    agency = an_accession(cell, kind="police").agency
    said = run(
        *("create_person", gendarme.email, "--name", "Peu importe", "--cell", cell.code),
        *("--agency", str(agency.pk), "--roles", "agency_partner"),
    )
    assert "otpauth" not in said
    assert Membership.objects.using(ALIAS).filter(account_id=gendarme.account_id).count() == 2


def test_a_place_in_an_agency_that_has_not_signed_is_refused_with_the_way_out(cell):
    with pytest.raises(CommandError, match=f"enrol_agency {cell.code}"):
        run(
            *("create_person", "a@b.exemple", "--name", "X", "--cell", cell.code),
            *("--agency", a_school().uai, "--roles", "school_pilot"),
        )


def test_a_weak_password_leaves_nothing_behind(cell, monkeypatch):
    email = f"p{a_number()}@essais.exemple"
    monkeypatch.setattr("sys.stdin", io.StringIO("court\n"))
    with pytest.raises(CommandError, match="trop court"):
        run(
            *("create_person", email, "--name", "X", "--cell", cell.code, "--agency"),
            *(str(an_accession(cell).agency.pk), "--roles", "agency_partner", "--password-stdin"),
        )
    assert not Account.objects.using(ALIAS).filter(email=email).exists()


def test_a_misplaced_role_leaves_nothing_behind(cell, monkeypatch):
    email = f"p{a_number()}@essais.exemple"
    monkeypatch.setattr("sys.stdin", io.StringIO("un mot de passe bien long\n"))
    with pytest.raises(CommandError, match="prosecutor"):
        run(
            *("create_person", email, "--name", "X", "--cell", cell.code, "--agency"),
            *(str(an_accession(cell).agency.pk), "--roles", "prosecutor", "--password-stdin"),
        )
    assert not Account.objects.using(ALIAS).filter(email=email).exists()


@pytest.mark.parametrize("agency", ["0800001A", "rien", "7b0c4a36-0000-7000-8000-000000000000"])
def test_an_agency_that_nobody_knows_is_named(cell, agency):
    with pytest.raises(CommandError, match=agency):
        run(
            *("create_person", "a@b.exemple", "--name", "X", "--cell", cell.code),
            *("--agency", agency, "--roles", "agency_partner"),
        )


def test_a_cell_is_founded_under_a_real_departement_only():
    with pytest.raises(CommandError, match="« 999 »"):
        run("found_cell", "999", "Nulle part")
    if not Cell.objects.using(ALIAS).filter(code="48").exists():
        run("found_cell", "048", "Cellule de la Lozère")
    assert Cell.objects.using(ALIAS).filter(code="48").exists()
    with pytest.raises(CommandError, match="a déjà sa cellule"):
        run("found_cell", "48", "Une autre")


def test_an_agency_of_the_directory_or_a_new_one_is_enrolled(cell):
    school = a_school()
    assert str(school.pk) in run("enrol_agency", cell.code, school.uai, "--signatory", "Le chef")
    with pytest.raises(CommandError, match="déjà adhéré"):
        run("enrol_agency", cell.code, school.uai, "--signatory", "Le chef")


def test_a_new_agency_takes_the_departement_of_a_real_cell():
    if not Cell.objects.using(ALIAS).filter(code="48").exists():
        run("found_cell", "48", "Cellule de la Lozère")
    name = f"Commissariat {a_number()}"
    said = run("enrol_agency", "48", name, "--new", "police", "--signatory", "Le commissaire")
    assert name in said


def test_a_person_leaves_one_place_or_all(cell, gendarme):
    other = an_accession(cell, kind="police")
    gendarme.joins(other, "agency_partner")
    run("end_person", gendarme.email, "--agency", str(other.agency_id))
    viewer = gendarme.viewer()
    assert viewer.agency_id != other.agency_id
    run("end_person", gendarme.email)
    with pytest.raises(CommandError, match="aucune cellule"):
        run("end_person", gendarme.email)


def test_a_lost_telephone_is_replaced_from_the_terminal(gendarme):
    said = run("enrol_totp", gendarme.email.upper())
    assert "otpauth://totp/Rempart" in said
    with pytest.raises(CommandError, match="pas de compte"):
        run("enrol_totp", "inconnue@b.exemple")


def test_two_cells_never_share_a_code():
    assert a_cell().code != a_cell().code
