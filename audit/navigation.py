"""The journal's place in the navigation: only for those who may read it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from audit import policies
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """What the navigation shows of this app."""
    if not policies.can_read(viewer):
        return []
    return [
        {"label": _("Journal"), "url": reverse("audit:journal"), "order": 80},
        {"label": _("Vérification"), "url": reverse("audit:verification"), "order": 81},
    ]
