"""One's own identities on the page of one's account, where there is a provider to link one of."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.oidc.provider import the_provider
from kernel.http.context import Entry
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[Entry]:
    """For everybody; nothing where people sign in with a password only."""
    provider = the_provider()
    if provider is None:
        return []
    return [
        {
            "label": _("Mes identités"),
            "text": _("Vous connecter par %(name)s à la place du mot de passe.")
            % {"name": provider.name},
            "url": reverse("agencies:identities"),
            "order": 15,
        }
    ]
