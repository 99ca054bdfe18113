"""This app's part of the menu and of the page of one's own account."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.context import Entry, account_entries, account_from, navigation_from
from kernel.viewer import Viewer


def declare() -> None:
    """Register the entries."""
    navigation_from(_entries)
    account_from(_own)


def _entries(viewer: Viewer) -> list[Entry]:
    url = reverse("agencies:account")
    elsewhere = [entry["url"] for entry in account_entries(viewer)]
    return [{"label": _("Mon compte"), "url": url, "order": 90, "around": elsewhere}]


def _own(viewer: Viewer) -> list[Entry]:
    signed = _("Signée.") if viewer.charter_signed else _("À signer avant d'ouvrir un dossier.")
    return [
        {
            "label": _("Mes facteurs"),
            "text": _("Ce que vous montrez pour vous connecter, et vos codes de secours."),
            "url": reverse("agencies:factors"),
            "order": 10,
        },
        {
            "label": _("Mes sessions"),
            "text": _("Où vous êtes connecté en ce moment, et comment y mettre fin."),
            "url": reverse("agencies:sessions"),
            "order": 20,
        },
        {
            "label": _("Charte de la cellule"),
            "text": signed,
            "url": reverse("agencies:charter"),
            "order": 30,
        },
        {
            "label": _("Mes rôles"),
            "text": _("Pour quel organisme vous agissez, et en changer."),
            "url": reverse("agencies:switch"),
            "order": 40,
        },
        {
            "label": _("Mon absence"),
            "text": _("Qui vous remplace, et jusqu'à quand."),
            "url": reverse("agencies:absence"),
            "order": 50,
        },
    ]
