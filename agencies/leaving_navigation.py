"""Where tokens of systems stand in the navigation."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.services.make_token import may_keep_tokens
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """For those who keep the tokens of an agency or of the whole cell."""
    if not may_keep_tokens(viewer):
        return []
    return [{"label": _("Jetons d'accès"), "url": reverse("agencies:tokens"), "order": 72}]
