"""pg_dump, a new cluster, and the log goes on there: nothing is made up here."""

import secrets
from collections.abc import Iterator

import pytest
from django.conf import settings

from audit import keys
from audit.sealer import CannotSeal
from audit.verification import verify
from infra.launcher.postgres import PORT
from tests.audit.clusters import CELL, Place, a_cluster, moved
from tests.support.database import a_database_apart

pytestmark = pytest.mark.database


@pytest.fixture
def new_cluster() -> Iterator[Place]:
    """The database of a server that has just been made."""
    with a_cluster() as cluster:
        yield cluster.place


def test_the_log_goes_on_in_a_new_cluster_in_an_epoch_of_its_own(new_cluster):
    known = settings.DATABASES["default"]
    with a_database_apart(f"moved_{secrets.token_hex(3)}") as name:
        old = Place(known["HOST"], int(known["PORT"] or PORT), name)
        old.write(300)
        assert old.seal(300) == 300
        old.write(4)  # committed, not sealed yet
        moved(old, new_cluster)
    with pytest.raises(CannotSeal, match="audit_epoch --next"):
        new_cluster.seal()
    with new_cluster.connect("owner") as owner:
        owner.execute("ALTER TABLE audit_entry ALTER epoch SET DEFAULT 2")
    new_cluster.write(3)
    assert new_cluster.seal(7) == 7
    with new_cluster.connect("auditor") as auditor:
        report = verify(auditor, CELL, keys.public_keys())
        assert (report.findings, report.size, report.pending) == ([], 307, 0)
        epochs = auditor.execute(
            "SELECT epoch, count(*) FROM audit_entry GROUP BY epoch ORDER BY epoch"
        ).fetchall()
    assert epochs == [(1, 304), (2, 3)]
