"""The journal's place in the navigation: only for those who may read it."""

from django.urls import reverse
from django.utils.translation import gettext as _

from audit import policies
from audit.keeping import policies as keeping
from kernel.viewer import Viewer


def entries(viewer: Viewer) -> list[dict[str, object]]:
    """What the navigation shows of this app."""
    kept = [{"label": _("Conservation"), "url": reverse("audit:keeping"), "order": 82}]
    if not policies.can_read(viewer):
        return kept if keeping.may_sign(viewer) else []
    return [
        {"label": _("Journal"), "url": reverse("audit:journal"), "order": 80},
        {"label": _("Vérification"), "url": reverse("audit:verification"), "order": 81},
        *kept,
    ]
