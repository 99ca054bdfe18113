"""This app's part of the menu."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.context import Entry, account_from, navigation_from
from kernel.viewer import Viewer
from referrals import policies
from referrals.sharing.glass import answers_for
from referrals.states import COORDINATION


def declare() -> None:
    """Register the entries."""
    navigation_from(_entries)
    account_from(_own)


def _entries(viewer: Viewer) -> list[Entry]:
    entries: list[Entry] = [{"label": _("Accueil"), "url": reverse("home"), "order": 0}]
    if policies.can_list_cases(viewer):
        entries.append(
            {
                "label": _("Dossiers"),
                "url": reverse("referrals:cases"),
                "order": 10,
                "around": ["/documents/", "/demandes/", "/elements/"],
            }
        )
        entries.append({"label": _("Rechercher"), "url": reverse("referrals:within"), "order": 12})
        if viewer.has(*COORDINATION):
            entries.append(
                {
                    "label": _("À réattribuer"),
                    "url": reverse("referrals:left_behind"),
                    "order": 15,
                    "more": True,
                }
            )
        if not policies.can_escalate(viewer):
            entries.append(
                {"label": _("Partages"), "url": reverse("referrals:shares"), "order": 20}
            )
    if policies.can_break_glass(viewer):
        entries.append(
            {
                "label": _("Accès d'urgence"),
                "url": reverse("referrals:emergency"),
                "order": 25,
                "around": [reverse("referrals:glass_list")],
            }
        )
    elif answers_for(viewer):
        entries.append(
            {
                "label": _("Accès d'urgence"),
                "url": reverse("referrals:glass_list"),
                "order": 25,
                "more": not viewer.has(*policies.WATCHES),
            }
        )
    if viewer.has(*policies.WATCHES):
        entries.append(
            {
                "label": _("Expliquer un accès"),
                "url": reverse("referrals:why_by_reference"),
                "order": 82,
            }
        )
    if policies.can_want_person(viewer):
        entries.append(
            {
                "label": _("Données d'un élève"),
                "url": reverse("referrals:person_wanted"),
                "order": 83,
            }
        )
    return entries


def _own(viewer: Viewer) -> list[Entry]:
    if not policies.can_list_cases(viewer):
        return []
    return [
        {
            "label": _("Mes exports"),
            "text": _("Les fichiers que vous avez demandés, et jusqu'à quand ils restent."),
            "url": reverse("referrals:exports"),
            "order": 60,
        }
    ]
