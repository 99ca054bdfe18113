"""The case page, whole: used when it is opened and when one of its forms comes back."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.live.announce import last_seq
from kernel.viewer import Viewer
from referrals import partners, policies
from referrals.casefile.cases import units_on_case
from referrals.casefile.selectors import CaseFile, case_file
from referrals.compartments import compartments_in
from referrals.forms import FeedbackForm, MeasureForm, OutcomeForm, ShareForm, TriageForm
from referrals.intake.escalation import FactKind, ParentsInformed, Place, Source, StepTaken
from referrals.models.history import MeasureState
from referrals.models.share import ShareState
from referrals.pages.wording import SHARE_TONES, TONES, URGENCY_TONES, milestone_words
from referrals.states import STEPS

Bound = dict[str, forms.BaseForm]


@dataclass(slots=True)
class Task:
    """One act that is open to this seat now."""

    name: str
    title: object
    text: object
    url: str
    form: forms.BaseForm | None = None
    label: object = ""
    open: bool = False
    main: bool = field(default=False)


def case_page(
    request: HttpRequest, viewer: Viewer, case_id: UUID, bound: Bound | None = None
) -> HttpResponse:
    """Render the case; ``bound`` holds the form that could not be accepted, by act."""
    opened = case_file(viewer, case_id)
    case = opened.case
    room = f"case:{case.pk}"
    context: dict[str, Any] = {
        "file": opened,
        "case": case,
        "tone": TONES.get(case.state, "neutral"),
        "urgency_tone": URGENCY_TONES.get(case.urgency, "neutral"),
        "facts": _facts(opened),
        "steps": _steps(opened),
        "tasks": tasks_for(viewer, opened, bound or {}),
        "measures": [_measure(viewer, m, note) for m, note in opened.measures],
        "shares": [_share(viewer, s) for s in opened.shares],
        "timeline": [(milestone_words(m.kind), m) for m in opened.milestones],
        "room": room,
        "seq": last_seq(room),
        "can_meet": policies.can_share(viewer, case),
        "other_parts": [c.label for c in opened.compartments],
    }
    return render(request, "referrals/case.html", context)


def tasks_for(viewer: Viewer, opened: CaseFile, bound: Bound) -> list[Task]:
    """The acts that this seat may do on this case now, the next one of its path first."""
    case = opened.case

    def task(name: str, title: object, text: object, *, label: object, form: Any = None) -> Task:
        url = reverse(f"referrals:{name}", args=[case.pk])
        return Task(name, title, text, url, bound.get(name) or form, label, open=name in bound)

    def may(verb: str) -> bool:
        return policies.can_take_step(viewer, verb) and case.state in STEPS[verb].sources

    tasks: list[Task] = []
    if may("acknowledge"):
        tasks.append(
            task(
                "acknowledge",
                _("Prendre en charge"),
                _("L'établissement saura que sa saisine est lue."),
                label=_("Prendre en charge"),
            )
        )
    if may("triage"):
        tasks.append(
            task(
                "triage",
                _("Évaluer"),
                _("Gravité et urgence ; le parquet décide ensuite de l'activation."),
                label=_("Enregistrer l'évaluation"),
                form=TriageForm(prefix="triage"),
            )
        )
    if may("activate"):
        tasks.append(
            task(
                "activate",
                _("Activer la cellule"),
                _("La coordination pourra partager, réunir et décider des mesures."),
                label=_("Activer la cellule"),
            )
        )
    if policies.can_share(viewer, case):
        tasks.append(
            task(
                "share",
                _("Partager avec un service"),
                _("Des parties choisies, pour une finalité, jusqu'à une date."),
                label=_("Proposer le partage"),
                form=ShareForm(viewer, prefix="share"),
            )
        )
    if policies.can_add_measure(viewer, case):
        tasks.append(
            task(
                "measure",
                _("Décider une mesure"),
                _("Confiée à un service qui voit déjà le dossier."),
                label=_("Ajouter la mesure"),
                form=MeasureForm(owners_of(viewer, opened), prefix="measure"),
            )
        )
    if may("resolve"):
        tasks.append(
            task(
                "resolve",
                _("Constater l'issue"),
                _("Ce qui a changé pour l'élève."),
                label=_("Enregistrer l'issue"),
                form=OutcomeForm(prefix="resolve"),
            )
        )
    if policies.can_give_feedback(viewer, case):
        tasks.append(
            task(
                "feedback",
                _("Répondre à l'établissement"),
                _("Une réponse codée, un contact, une date."),
                label=_("Envoyer la réponse"),
                form=FeedbackForm(prefix="feedback"),
            )
        )
    if may("close"):
        tasks.append(
            task(
                "close",
                _("Clore le dossier"),
                _("Les partages prennent fin."),
                label=_("Clore le dossier"),
            )
        )
    if tasks:
        tasks[0].main = True
    return tasks


def owners_of(viewer: Viewer, opened: CaseFile) -> list[tuple[str, str]]:
    """The agencies that a measure can be given to: those that may see the case now."""
    units = units_on_case(opened.case)
    return [
        (str(partner.accession_id), partner.name)
        for partner in partners.partners_by_units(viewer, units)
    ]


def _facts(opened: CaseFile) -> list[dict[str, object]]:
    facts = opened.contents.get("facts", {}).get("facts", [])
    return [
        {
            "kind": FactKind(fact["kind"]).label,
            "place": Place(fact["place"]).label,
            "source": Source(fact["source"]).label,
            "began_on": date.fromisoformat(fact["began_on"]),
            "ended_on": date.fromisoformat(fact["ended_on"]) if fact["ended_on"] else None,
            "narrative": fact["narrative"],
        }
        for fact in facts
    ]


def _steps(opened: CaseFile) -> dict[str, object] | None:
    steps = opened.contents.get("school_steps")
    if steps is None:
        return None
    informed_on = steps["parents_informed_on"]
    return {
        "taken": [StepTaken(code).label for code in steps["taken"]],
        "narrative": steps["narrative"],
        "incident_reference": steps["incident_reference"],
        "incident_level": steps["incident_level"],
        "parents": ParentsInformed(steps["parents_informed"]).label,
        "parents_on": date.fromisoformat(informed_on) if informed_on else None,
    }


def _measure(viewer: Viewer, measure: Any, note: str) -> dict[str, object]:
    planned = measure.state == MeasureState.PLANNED
    return {
        "measure": measure,
        "note": note,
        "tone": "warning" if planned else "success",
        "can_finish": planned and policies.can_finish_measure(viewer, measure),
        "url": reverse("referrals:finish_measure", args=[measure.pk]),
    }


def _share(viewer: Viewer, share: Any) -> dict[str, object]:
    live = share.state in {ShareState.PROPOSED, ShareState.ACCEPTED}
    return {
        "share": share,
        "parts": [c.label for c in compartments_in(share.scope)],
        "tone": SHARE_TONES.get(share.state, "neutral"),
        "can_revoke": live and policies.can_revoke_share(viewer, share),
        "url": reverse("referrals:revoke_share", args=[share.pk]),
    }
