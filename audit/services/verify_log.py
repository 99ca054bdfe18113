"""The auditor has the whole log of their cell recomputed."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from audit import events, keys
from audit.recorder import record
from audit.selectors import latest_checkpoint, scoped_connection
from audit.verification import Report, verify
from audit.verified import against, standing
from kernel.errors import DomainError
from kernel.viewer import Viewer

MOST_ENTRIES = 1_000_000
"""As many as a request can verify while somebody waits."""


class TooLarge(DomainError):
    status = 422
    code = "log_too_large"
    default = _(
        "Ce journal est trop long pour être vérifié dans une page. "
        "Demandez à l'exploitant de lancer la commande audit_verify."
    )


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found inside the log, and how many copies stand against it all the same."""

    report: Report
    standing: int

    @property
    def clean(self) -> bool:
        """Whether all agrees inside, and nobody has a copy that says otherwise."""
        return self.report.clean and not self.standing


def verify_log(viewer: Viewer) -> Verified:
    """Verify the log of the viewer's cell with the viewer's own rights, and record the result.

    It is held to every copy that contradicts it so far.
    NotFound for whoever does not control access.
    """
    last = latest_checkpoint(viewer)
    if last is not None and last.size > MOST_ENTRIES:
        raise TooLarge
    connection = scoped_connection()
    known = keys.chain(connection)
    copies = [copy.said for copy in standing(connection, viewer.cell_id, known)]
    report = verify(connection, viewer.cell_id, known, against=copies)
    record(
        events.VERIFIED,
        viewer=viewer,
        entries=report.entries,
        checkpoints=report.checkpoints,
        findings=len(report.findings),
    )
    return Verified(report, len(against(connection, report, known)))
