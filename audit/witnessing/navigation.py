"""The witness's place: on the page of one's own account, for everybody."""

from django.urls import reverse
from django.utils.translation import gettext as _

from kernel.viewer import Viewer


def account_entries(viewer: Viewer) -> list[dict[str, object]]:
    """What the page of one's own account shows of it."""
    return [
        {
            "label": _("Copie du journal"),
            "text": _("Garder la preuve de ce que le journal dit aujourd'hui, et la comparer."),
            "url": reverse("audit:witness"),
            "order": 70,
        }
    ]
