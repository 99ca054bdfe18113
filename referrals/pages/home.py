"""Home: what to do next, by role."""

from dataclasses import dataclass, replace
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from agencies.giving import can_manage_people
from agencies.lacking import missing_in
from agencies.rules import rules_of
from kernel.http.pages import open_before_charter, page
from kernel.live.announce import last_seq
from kernel.outbox.inbox import newest
from kernel.outbox.letters import letter_for
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import count_in, references_for
from referrals.sharing.glass import waiting_review
from referrals.sharing.requests import waiting_requests
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


@dataclass(frozen=True, slots=True)
class News:
    """Something that this person was told: what, of which case ("" for none), where, when."""

    sentence: object
    reference: str
    url: str
    at: datetime


@open_before_charter
@page
def home(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The next actions of this seat and the newest notices; before all else, the charter."""
    if not viewer.charter_signed:
        return render(request, "referrals/home_before_charter.html")
    units = [f"unit:{unit}" for unit in viewer.units]
    context = {
        "actions": next_actions(viewer),
        "news": news_for(viewer),
        "rooms": [(room, last_seq(room)) for room in units],
        "can_escalate": policies.can_escalate(viewer),
        "has_cases": policies.can_list_cases(viewer),
    }
    return render(request, "referrals/home.html", context)


def news_for(viewer: Viewer) -> list[News]:
    """The newest notices, each with the case that it is about while this person may see it."""
    notices = newest(viewer)
    named = references_for(viewer, {notice.subject_id for notice in notices if notice.subject_id})
    return [
        News(
            letter_for(notice.kind).sentence,
            named.get(notice.subject_id, "") if notice.subject_id else "",
            letter_for(notice.kind).path(notice.subject_id),
            notice.created_at,
        )
        for notice in notices
    ]


def next_actions(viewer: Viewer) -> list[NextAction]:
    """What waits for this person, most pressing first."""
    actions: list[NextAction] = []
    for which, title, text, label, tone in _lists(viewer):
        actions += _counted(viewer, which, NextAction(title, text, label, "", tone))
    return [
        *_shares(viewer),
        *_requests(viewer),
        *actions,
        *_emergencies(viewer),
        *_journal(viewer),
        *_administration(viewer),
        *_people(viewer),
    ]


def _lists(viewer: Viewer) -> list[tuple[str, object, object, object, str]]:
    """The lists that a role works through."""
    if viewer.has(*COORDINATION):
        return [
            (
                "to_triage",
                _("Saisines à évaluer"),
                _("Chaque saisine attend une prise en charge sous %(hours)s heures.")
                % {"hours": rules_of(viewer.cell_id).hours_for("acknowledge", "standard")},
                _("Voir les saisines"),
                "warning",
            ),
            (
                "active",
                _("Dossiers en cours"),
                _("Partages, mesures, réunions."),
                _("Voir les dossiers"),
                "info",
            ),
        ]
    if viewer.has(*PROSECUTION):
        return [
            (
                "to_activate",
                _("Activations à décider"),
                _("La coordination a évalué ces saisines."),
                _("Voir les saisines"),
                "warning",
            )
        ]
    if policies.can_escalate(viewer):
        return [
            (
                "drafts",
                _("Brouillons à terminer"),
                _("Personne hors de votre établissement ne les voit."),
                _("Reprendre"),
                "warning",
            ),
            (
                "living",
                _("Dossiers suivis par la cellule"),
                _("Où ils en sont et ce que la cellule vous répond."),
                _("Voir les dossiers"),
                "info",
            ),
        ]
    return []


def _shares(viewer: Viewer) -> list[NextAction]:
    """What other agencies offer to this one, and what they have opened to it."""
    address = reverse("referrals:shares")
    actions = []
    if offered := awaiting_answer(viewer):
        title = _("Partages proposés : %(n)s") % {"n": len(offered)}
        text = _("Rien ne s'ouvre avant votre accord.")
        actions.append(NextAction(title, text, _("Répondre"), address, "warning"))
    if running := running_for(viewer):
        title = _("Dossiers partagés avec vous : %(n)s") % {"n": len(running)}
        text = _("Chacun jusqu'à sa date de fin.")
        actions.append(NextAction(title, text, _("Voir les partages"), address))
    return actions


def _requests(viewer: Viewer) -> list[NextAction]:
    """What partners ask of coordination; with several, the one that has waited longest."""
    waiting = waiting_requests(viewer)
    if not waiting:
        return []
    title = _("Demandes de services : %(n)s") % {"n": len(waiting)}
    text = _("Une réponse pour chaque partie demandée. Sans réponse, elles s'éteignent.")
    address = reverse("referrals:request", args=[waiting[0].pk])
    return [NextAction(title, text, _("Répondre"), address, "warning")]


def _emergencies(viewer: Viewer) -> list[NextAction]:
    """Emergency accesses that nobody has concluded on."""
    waiting = waiting_review(viewer)
    if not waiting:
        return []
    return [
        NextAction(
            _("Accès d'urgence à relire : %(n)s") % {"n": waiting},
            _("Qui a ouvert un dossier en urgence, pourquoi, et votre conclusion."),
            _("Relire"),
            reverse("referrals:glass_list"),
            "warning",
        )
    ]


def _journal(viewer: Viewer) -> list[NextAction]:
    """An auditor's work is the journal."""
    if not viewer.has("auditor"):
        return []
    return [
        NextAction(
            _("Journal de la cellule"),
            _("Qui a consulté ou fait quoi, dans quel dossier, quand."),
            _("Lire le journal"),
            reverse("audit:journal"),
        ),
        NextAction(
            _("Vérification"),
            _("Le journal est relu en entier et comparé à ses signatures."),
            _("Vérifier le journal"),
            reverse("audit:verification"),
        ),
    ]


def _administration(viewer: Viewer) -> list[NextAction]:
    """What an administrator's cell lacks to work, most pressing first."""
    if not viewer.has("cell_admin"):
        return []
    missing = missing_in(viewer)
    if not missing:
        return [
            NextAction(
                _("Administration de la cellule"),
                _("Protocole, règles, organismes et territoire sont en place."),
                _("Ouvrir"),
                reverse("agencies:cell"),
                "success",
            )
        ]
    return [
        NextAction(lack.title, lack.text, lack.label, lack.url, lack.tone) for lack in missing[:4]
    ]


def _people(viewer: Viewer) -> list[NextAction]:
    """Those who look after people and follow no case: the people are their work here."""
    follows = policies.can_list_cases(viewer) or viewer.has("cell_admin")
    if follows or not can_manage_people(viewer):
        return []
    return [
        NextAction(
            _("Personnes de votre organisme"),
            _("Inviter, confirmer un rôle, mettre fin à un accès."),
            _("Voir les personnes"),
            reverse("agencies:people"),
        )
    ]


def _counted(viewer: Viewer, which: str, action: NextAction) -> list[NextAction]:
    """The action with how many wait, where some do."""
    count = count_in(viewer, which)
    if not count:
        return []
    shown = f"{count}+" if count >= 100 else str(count)
    title = _("%(title)s : %(count)s") % {"title": action.title, "count": shown}
    url = reverse("referrals:cases") + f"?etat={which}"
    return [replace(action, title=title, url=url)]
