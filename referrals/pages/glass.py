"""Emergency accesses: open one, close it, and look at all of them after."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kernel.errors import NotAllowed
from kernel.http.pages import page
from kernel.ui.forms import CheckboxChoices, PlainTextarea
from kernel.viewer import Viewer
from referrals import policies
from referrals.compartments import BY_CODE, compartments_in
from referrals.models.glass import Conclusion, Emergency
from referrals.pages.acting import Act, perform, posted
from referrals.sharing.glass import Broken, answers_for, asked_in_vain, by_week, own_open
from referrals.sharing.services.break_glass import (
    LEAST,
    MOST,
    break_glass,
    close_glass,
    conclude_glass,
    may_open,
)


class EmergencyForm(forms.Form):
    """Which case, which parts of it, and why it cannot wait."""

    reference = forms.CharField(
        label=_("Référence du dossier"),
        help_text=_("Telle qu'on vous l'a donnée, par exemple 80-2026-00042."),
        max_length=40,
    )
    compartments = forms.MultipleChoiceField(
        label=_("Ce que vous devez voir"),
        help_text=_("Le moins possible."),
        widget=CheckboxChoices,
    )
    emergency = forms.ChoiceField(
        label=_("Ce qui presse"),
        help_text=_(
            "Ce qui s'en approche le plus. Ce choix est inscrit au journal ; ce que vous expliquez"
            " ci-dessous reste dans le dossier."
        ),
        choices=[("", _("Choisir")), *Emergency.choices],
    )
    reason = forms.CharField(
        label=_("Pourquoi cela ne peut pas attendre"),
        help_text=_(
            "20 caractères au moins, sans nom d'élève. La coordination, le parquet et l'audit le"
            " lisent."
        ),
        min_length=LEAST,
        max_length=MOST,
        widget=PlainTextarea,
    )

    def __init__(self, viewer: Viewer, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [(part.code, part.label) for part in compartments_in(may_open(viewer))]
        self.fields["compartments"].choices = offered  # type: ignore[attr-defined]


class ConclusionForm(forms.Form):
    """What became of it."""

    conclusion = forms.ChoiceField(
        label=_("Conclusion"), choices=[("", _("Choisir")), *Conclusion.choices]
    )


@page
def emergency(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Open a case to oneself for three hours; those that are open, to close them again."""
    if not policies.can_break_glass(viewer):
        raise NotAllowed
    form = EmergencyForm(viewer, posted(request))
    if request.method != "POST":
        return _form_page(request, viewer, form)

    def do() -> UUID:
        chosen = form.cleaned_data
        return break_glass(
            viewer,
            reference=chosen["reference"],
            compartments=[BY_CODE[code] for code in chosen["compartments"]],
            emergency=Emergency(chosen["emergency"]),
            reason=chosen["reason"],
        ).case_id

    act = Act(
        "break-glass",
        do,
        lambda case_id: reverse("referrals:case", args=[case_id]),
        _(
            "Le dossier vous est ouvert pour trois heures. La coordination, le parquet saisi,"
            " l'audit et la protection des données en sont prévenus."
        ),
    )
    return perform(request, viewer, act, form=form, again=lambda: _form_page(request, viewer, form))


@page
@require_POST
def close(request: HttpRequest, viewer: Viewer, glass_id: UUID) -> HttpResponse:
    """Close one's own emergency access before its time."""
    act = Act(
        f"close-glass:{glass_id}",
        lambda: close_glass(viewer, glass_id),
        reverse("referrals:emergency"),
        _("L'accès d'urgence est refermé."),
    )
    form = EmergencyForm(viewer)
    return perform(request, viewer, act, again=lambda: _form_page(request, viewer, form))


@page
def glass_list(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """The emergency accesses of the cell by week, for those who answer for them."""
    return _list_page(request, viewer)


@page
@require_POST
def conclude(request: HttpRequest, viewer: Viewer, glass_id: UUID) -> HttpResponse:
    """Say what became of looking at an emergency access."""
    form = ConclusionForm(request.POST, prefix=f"conclude-{glass_id}")

    def do() -> UUID:
        conclusion = Conclusion(form.cleaned_data["conclusion"])
        return conclude_glass(viewer, glass_id, conclusion=conclusion)

    act = Act(
        f"conclude-glass:{glass_id}",
        do,
        reverse("referrals:glass_list"),
        _("La conclusion est enregistrée."),
    )
    return perform(
        request,
        viewer,
        act,
        form=form,
        again=lambda: _list_page(request, viewer, {glass_id: form}),
    )


def _form_page(request: HttpRequest, viewer: Viewer, form: EmergencyForm) -> HttpResponse:
    lines = [
        _line(broken) | {"url": reverse("referrals:close_glass", args=[broken.glass.pk])}
        for broken in own_open(viewer)
    ]
    context = {"form": form, "open": lines, "answers_for": answers_for(viewer)}
    return render(request, "referrals/emergency.html", context)


def _list_page(
    request: HttpRequest, viewer: Viewer, typed: dict[UUID, ConclusionForm] | None = None
) -> HttpResponse:
    concludes, typed = viewer.has(*policies.WATCHES), typed or {}
    weeks = [
        {
            "monday": week.monday,
            "waiting": sum(not broken.glass.conclusion for broken in week.broken),
            "lines": [
                _line(broken)
                | {
                    "form": typed.get(broken.glass.pk)
                    or ConclusionForm(prefix=f"conclude-{broken.glass.pk}"),
                    "url": reverse("referrals:conclude_glass", args=[broken.glass.pk]),
                    "can_conclude": concludes and not broken.glass.conclusion,
                }
                for broken in week.broken
            ],
        }
        for week in by_week(viewer)
    ]
    in_vain = [
        {"asked": asked, "parts": [part.label for part in compartments_in(asked.scope)]}
        for asked in asked_in_vain(viewer)
    ]
    context = {"weeks": weeks, "in_vain": in_vain}
    return render(request, "referrals/glass_list.html", context)


def _line(broken: Broken) -> dict[str, object]:
    return {
        "glass": broken.glass,
        "reference": broken.reference,
        "reason": broken.reason,
        "open": broken.open,
        "unreadable": broken.unreadable,
        "parts": [part.label for part in compartments_in(broken.glass.scope)],
    }
