"""Whoever is to know that a case exists and who follows it is given no part of it."""

import psycopg
import pytest

from referrals.compartments import Compartment, scope_of
from tests.referrals.test_sharing_walls import CHECKED, ground, new_share
from tests.support.database import admin
from tests.support.searching import database_name

pytestmark = pytest.mark.database
C = Compartment
__all__ = ["ground"]


@pytest.mark.parametrize("table", ["share", "grant"])
def test_a_share_or_a_grant_of_the_existence_alone_has_no_part(ground, table):
    """However it is proposed, and should a trigger ever be lost."""
    assert new_share(ground, level=1, scope=0) == "police"
    for parts in ([C.FACTS], [C.FACTS, C.SCHOOL_STEPS], [C.FEEDBACK]):
        assert new_share(ground, level=2, scope=scope_of(parts)) == "police"
        assert new_share(ground, level=1, scope=scope_of(parts)) == CHECKED
    with admin(database_name()) as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL session_replication_role = replica")
        with pytest.raises(psycopg.Error, match=f"referrals_{table}_stub_is_empty"):
            connection.execute(
                f"UPDATE referrals_{table} SET level = 1 WHERE case_id = %s AND scope <> 0",
                [ground.case],
            )
