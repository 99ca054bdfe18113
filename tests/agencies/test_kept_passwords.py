"""What PostgreSQL asks of a password by itself: a hash of ours, beside every link."""

import psycopg
import pytest
from django.contrib.auth.hashers import make_password

from agencies.services.agree_replacement import digest_of, hand_out_link
from kernel.scope import acting_as
from tests.agencies.factories import PASSWORD, a_person
from tests.agencies.replacing import agreed_to_replace
from tests.support.database import admin, as_role
from tests.support.searching import database_name


@pytest.mark.parametrize(
    "stored",
    ["", "un mot de passe", "md5$x$y", "argon2$argon2id$v=19$m=8,t=1,p=1$$", "argon2$argon2i$v=19"],
)
def test_a_password_is_kept_as_a_hash_of_ours_or_not_at_all(world, stored):
    change = "UPDATE agencies_account SET password = %s WHERE id = %s"
    with as_role("signin") as connection:
        connection.execute(change, [make_password(PASSWORD), world.gendarme.person.account_id])
        with pytest.raises(psycopg.errors.CheckViolation):
            connection.execute(change, [stored, world.gendarme.person.account_id])


def test_a_link_replaces_nothing_for_an_account_without_a_password(world):
    """Nor for one that is closed: the page asks for both, and so does the database."""
    person = a_person(world.gendarme.accession)
    request_id = agreed_to_replace(world, person)
    with acting_as(a_person(world.cell_admin.accession, "cell_admin").viewer()) as viewer:
        digest = digest_of(hand_out_link(viewer, request_id))
    hashed = make_password(PASSWORD)
    for password, active, answer in (
        ("!", True, None),
        (hashed, False, None),
        (hashed, True, person.account_id),
    ):
        with admin(database_name()) as connection:
            connection.execute("SET session_replication_role = replica")  # the seat stays
            connection.execute(
                "UPDATE agencies_account SET password = %s, is_active = %s WHERE id = %s",
                [password, active, person.account_id],
            )
        with as_role("signin") as connection:
            used = connection.execute("SELECT agencies.use_replacement(%s)", [digest])
            assert used.fetchone() == (answer,)
