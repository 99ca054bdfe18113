"""One's own identities in the menu, where there is a provider to link one of."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.http.context import Entry
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[Entry]:
    """For everybody; nothing where people sign in with a password only."""
    if settings.IDENTITY_PROVIDER is None:
        return []
    return [{"label": _("Mes identités"), "url": reverse("agencies:identities"), "order": 92}]
