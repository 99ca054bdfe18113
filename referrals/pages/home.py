"""Home: what to do next, by role."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.live.announce import last_seq
from kernel.outbox.inbox import newest
from kernel.outbox.letters import letter_for
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import count_in
from referrals.sharing.selectors import awaiting_answer, running_for
from referrals.states import COORDINATION, PROSECUTION


@dataclass(frozen=True, slots=True)
class NextAction:
    """One thing to do: how many wait, and where."""

    title: object
    text: object
    label: object
    url: str
    tone: str = "info"


@page
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The next actions of this seat and the newest notices."""
    notices = [
        (letter_for(notice.kind).sentence, letter_for(notice.kind).path(notice.subject_id), notice)
        for notice in newest(viewer)
    ]
    units = [f"unit:{unit}" for unit in viewer.units]
    context = {
        "actions": next_actions(viewer),
        "notices": notices,
        "rooms": [(room, last_seq(room)) for room in units],
        "can_escalate": policies.can_escalate(viewer),
    }
    return render(request, "referrals/home.html", context)


def next_actions(viewer: Viewer) -> list[NextAction]:
    """What waits for this person, most pressing first."""
    actions: list[NextAction] = []
    if viewer.has(*COORDINATION):
        actions += _counted(
            viewer,
            "to_triage",
            _("Saisines à évaluer"),
            _("Chaque saisine attend une prise en charge sous 24 heures."),
            "warning",
        )
        actions += _counted(
            viewer, "active", _("Dossiers en cours"), _("Partages, mesures, réunions."), "info"
        )
    if viewer.has(*PROSECUTION):
        actions += _counted(
            viewer,
            "to_activate",
            _("Activations à décider"),
            _("La coordination a évalué ces saisines."),
            "warning",
        )
    offered = awaiting_answer(viewer)
    if offered:
        actions.append(
            NextAction(
                _("Partages proposés : %(n)s") % {"n": len(offered)},
                _("Rien ne s'ouvre avant votre accord."),
                _("Répondre"),
                reverse("referrals:shares"),
                "warning",
            )
        )
    running = running_for(viewer)
    if running:
        actions.append(
            NextAction(
                _("Dossiers partagés avec vous : %(n)s") % {"n": len(running)},
                _("Chacun jusqu'à sa date de fin."),
                _("Voir"),
                reverse("referrals:cases"),
            )
        )
    if policies.can_escalate(viewer):
        actions += _counted(
            viewer, "drafts", _("Brouillons à terminer"), _("Personne d'autre ne les voit."), "info"
        )
    return actions


def _counted(
    viewer: Viewer, which: str, title: object, text: object, tone: str
) -> list[NextAction]:
    count = count_in(viewer, which)
    if not count:
        return []
    shown = f"{count}+" if count >= 100 else str(count)
    url = reverse("referrals:cases") + f"?etat={which}"
    return [NextAction(f"{title} : {shown}", text, _("Ouvrir"), url, tone)]
