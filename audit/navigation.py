"""The journal's place in the navigation, for those who may read it; one's own, for everybody."""

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


def account_entries(viewer: Viewer) -> list[dict[str, object]]:
    """What the page of one's own account shows of it."""
    return [
        {
            "label": _("Qui a consulté"),
            "text": _("Qui a cherché vos actes, et qui a lu les dossiers que vous voyez."),
            "url": reverse("audit:my_journal"),
            "order": 65,
        }
    ]
