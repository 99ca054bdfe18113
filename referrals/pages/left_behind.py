"""The page of what waits for somebody else: measures, meetings, schools without a pilot."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from kernel.errors import WrongState
from kernel.http.acting import Act, kept, perform, posted, version_of
from kernel.http.pages import page
from kernel.ui.forms import DateInput
from kernel.viewer import Viewer
from referrals.casework.left_behind import (
    WaitingMeasure,
    may_look,
    read_all,
    waiting_measures,
)
from referrals.casework.services.hand_over import hand_over, may_hand_over

TAKEN = _("Cette mesure n'est plus à réattribuer.")


class HandOverForm(forms.Form):
    """Which agency takes the measure, and by when."""

    to_accession = forms.ChoiceField(label=_("Confier à"))
    due_on = forms.DateField(label=_("Échéance"), widget=DateInput)

    def __init__(self, waiting: WaitingMeasure | None, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        takers = waiting.takers if waiting else []
        self.fields["to_accession"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("Choisir")),
            *((str(taker.accession_id), taker.name) for taker in takers),
        ]
        if waiting is not None:
            self.fields["due_on"].initial = waiting.measure.due_on


@page
def left_behind(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Everything that nobody is left to do."""
    may_look(viewer)
    return _show(request, viewer, None, None)


@page
@require_POST
def hand_over_measure(request: HttpRequest, viewer: Viewer, measure_id: UUID) -> HttpResponse:
    """Give one measure to another agency."""
    may_hand_over(viewer, measure_id)
    found = waiting_measures(viewer)
    waiting = next((one for one in found if one.measure.pk == measure_id), None)
    if waiting is None:
        messages.error(request, TAKEN)
        return kept(_show(request, viewer, None, None), 409, WrongState(TAKEN))
    form = _form(waiting, request)

    def do() -> UUID:
        return hand_over(
            viewer,
            measure_id,
            to_accession=UUID(form.cleaned_data["to_accession"]),
            due_on=form.cleaned_data["due_on"],
            version=version_of(request),
        ).pk

    act = Act(
        f"hand-over:{measure_id}",
        do,
        reverse("referrals:left_behind"),
        _("La mesure est confiée à un autre service, qui est prévenu."),
    )
    return perform(
        request,
        viewer,
        act,
        form=form,
        again=lambda: _show(request, viewer, measure_id, form),
    )


def _form(waiting: WaitingMeasure, request: HttpRequest | None = None) -> HandOverForm:
    data = posted(request) if request is not None else None
    return HandOverForm(waiting, data, prefix=f"over-{waiting.measure.pk}")


def _show(
    request: HttpRequest, viewer: Viewer, typed_for: UUID | None, typed: HandOverForm | None
) -> HttpResponse:
    found = read_all(viewer)
    rows = [
        {
            "measure": one.measure,
            "takers": one.takers,
            "form": typed if typed and one.measure.pk == typed_for else _form(one),
        }
        for one in found.measures
    ]
    context = {"rows": rows, "meetings": found.meetings, "schools": found.schools}
    return render(request, "referrals/left_behind.html", context)
