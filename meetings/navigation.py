"""This app's part of the menu."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.context import Entry, navigation_from
from kernel.viewer import Viewer
from meetings import policies


def declare() -> None:
    """Register the entries."""
    navigation_from(_entries)


def _entries(viewer: Viewer) -> list[Entry]:
    if not policies.can_sit(viewer):
        return []
    return [{"label": _("Réunions"), "url": reverse("meetings:meetings"), "order": 30}]
