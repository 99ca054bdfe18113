"""What an agency's own system may be given to call as a witness: hashes and signatures only."""

from django.utils.translation import gettext_lazy as _

from kernel.http.bearer import offer


def declare() -> None:
    """Offer the operations."""
    offer(
        "record.witness",
        _("Suivre la signature du journal, comme témoin"),
        ("api-audit-checkpoint", "GET"),
        ("api-audit-consistency", "GET"),
        ("api-audit-cosignatures", "GET"),
        ("api-audit-cosignatures", "POST"),
    )
