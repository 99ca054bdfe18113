"""What an agency's own system may be given to call about cases. Never a name, never a decision."""

from django.utils.translation import gettext_lazy as _

from kernel.http.bearer import offer


def declare() -> None:
    """Offer the operations."""
    offer(
        "cases.read",
        _("Lire les dossiers partagés avec l'organisme, sans les noms"),
        ("api-referrals-list", "GET"),
        ("api-referrals-detail", "GET"),
    )
    offer("shares.read", _("Lire les partages reçus"), ("api-shares-list", "GET"))
    offer(
        "shares.answer",
        _("Accepter ou refuser un partage"),
        ("api-shares-accept", "POST"),
        ("api-shares-refuse", "POST"),
    )
    offer("measures.done", _("Marquer une mesure comme faite"), ("api-measures-done", "POST"))
