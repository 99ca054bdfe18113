"""What an agency's own system may be given to call about meetings."""

from django.utils.translation import gettext_lazy as _

from kernel.http.bearer import offer


def declare() -> None:
    """Offer the operations."""
    offer(
        "meetings.read",
        _("Lire les réunions auxquelles l'organisme est convié"),
        ("api-meetings-list", "GET"),
        ("api-meetings-detail", "GET"),
    )
