"""What can be done on a case page, one address an act."""

from collections.abc import Callable
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import NotAllowed
from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import forms as shapes
from referrals.casefile.selectors import case_for
from referrals.casefile.services.give_orders import give_orders
from referrals.casework.services.add_measure import add_measure
from referrals.casework.services.finish_measure import case_of_measure, finish_measure
from referrals.compartments import BY_CODE
from referrals.follow_up.services.close import close as close_case
from referrals.follow_up.services.give_feedback import give_feedback
from referrals.follow_up.services.resolve import resolve as resolve_case
from referrals.intake.services.acknowledge import acknowledge as acknowledge_case
from referrals.intake.services.activate import activate as activate_case
from referrals.intake.services.name_prosecutor import name_prosecutor as name_office
from referrals.intake.services.triage import triage as triage_case
from referrals.models.case import Outcome, Urgency
from referrals.models.history import FeedbackCode, MeasureKind
from referrals.pages import telling
from referrals.pages.acting import Act, perform, posted, version_of
from referrals.pages.case_tasks import owners_of
from referrals.pages.case_view import case_page
from referrals.policies import CELL_CORE
from referrals.states import COORDINATION, PROSECUTION, STEPS

Do = Callable[[], UUID]


def on_case(
    request: HttpRequest,
    viewer: Viewer,
    case_id: UUID,
    name: str,
    said: object | Callable[[], object],
    do: Do,
    form: forms.BaseForm | None = None,
    *,
    roles: frozenset[str] | None = None,
) -> HttpResponse:
    """An act on a case: then back to its page, or the page again with the form as it was typed.

    Whose role it is not is told so before anything about the form. ``roles`` are named by an act
    that is no step.
    """
    address = reverse("referrals:case", args=[case_id])
    if request.method != "POST":
        return HttpResponseRedirect(address)
    case_for(viewer, case_id)
    if not viewer.has(*(roles or STEPS[name].roles)):
        raise NotAllowed(case_id=case_id)
    return perform(
        request,
        viewer,
        Act(f"{name}:{case_id}", do, address, said),
        form=form,
        again=lambda: case_page(request, viewer, case_id, {name: form} if form else None),
    )


@page
def acknowledge(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Take in hand."""

    def do() -> UUID:
        return acknowledge_case(viewer, case_id, version=version_of(request)).pk

    def said() -> object:
        return telling.acknowledged(viewer, case_for(viewer, case_id))

    return on_case(request, viewer, case_id, "acknowledge", said, do)


@page
def triage(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Gravity and urgency."""
    form = shapes.TriageForm(posted(request), prefix="triage")

    def do() -> UUID:
        return triage_case(
            viewer,
            case_id,
            gravity=int(form.cleaned_data["gravity"]),
            urgency=Urgency(form.cleaned_data["urgency"]),
            version=version_of(request),
        ).pk

    def said() -> object:
        return telling.assessed(viewer, case_for(viewer, case_id))

    return on_case(request, viewer, case_id, "triage", said, do, form)


@page
def name_prosecutor(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The office that decides, where the territory names nobody."""
    form = shapes.ProsecutorForm(viewer, posted(request), prefix="name_prosecutor")

    def do() -> UUID:
        office = UUID(form.cleaned_data["office"])
        return name_office(viewer, case_id, office=office, version=version_of(request)).pk

    def said() -> object:
        return telling.prosecutor_named(viewer, case_for(viewer, case_id))

    name = "name_prosecutor"
    return on_case(request, viewer, case_id, name, said, do, form, roles=COORDINATION)


@page
def activate(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The prosecutor's decision."""

    def do() -> UUID:
        return activate_case(viewer, case_id, version=version_of(request)).pk

    said = _("La cellule est activée.")
    return on_case(request, viewer, case_id, "activate", said, do)


@page
def orders(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """What the prosecutor orders on the case."""
    form = shapes.OrdersForm(posted(request), prefix="orders")

    def do() -> UUID:
        chosen = form.cleaned_data
        return give_orders(
            viewer,
            case_id,
            freeze_acts=chosen["freeze_acts"],
            pause_interviews=chosen["pause_interviews"],
            closed=[BY_CODE[code] for code in chosen["closed"]],
            version=version_of(request),
        ).pk

    said = _("Vos consignes sont enregistrées. La coordination et l'établissement les voient.")
    return on_case(request, viewer, case_id, "orders", said, do, form, roles=PROSECUTION)


@page
def measure(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Decide a measure."""
    owners = owners_of(viewer, case_for(viewer, case_id)) if request.method == "POST" else []
    form = shapes.MeasureForm(owners, posted(request), prefix="measure")

    def do() -> UUID:
        chosen = form.cleaned_data
        return add_measure(
            viewer,
            case_id,
            kind=MeasureKind(chosen["kind"]),
            owner_accession=UUID(chosen["owner_accession"]),
            due_on=chosen["due_on"],
            note=chosen["note"],
        ).pk

    def said() -> object:
        return telling.measured(viewer, UUID(form.cleaned_data["owner_accession"]))

    return on_case(request, viewer, case_id, "measure", said, do, form, roles=CELL_CORE)


@page
def finish(request: HttpRequest, viewer: Viewer, measure_id: UUID) -> HttpResponse:
    """A measure was carried out."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    case_id = case_of_measure(viewer, measure_id)
    act = Act(
        f"finish:{measure_id}",
        lambda: finish_measure(viewer, measure_id).pk,
        reverse("referrals:case", args=[case_id]),
        _("La mesure est marquée comme faite."),
    )
    return perform(request, viewer, act, again=lambda: case_page(request, viewer, case_id))


@page
def resolve(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """What came of it."""
    form = shapes.OutcomeForm(posted(request), prefix="resolve")

    def do() -> UUID:
        outcome = Outcome(form.cleaned_data["outcome"])
        return resolve_case(viewer, case_id, outcome=outcome, version=version_of(request)).pk

    said = _("L'issue est enregistrée. Il reste à répondre à l'établissement.")
    return on_case(request, viewer, case_id, "resolve", said, do, form)


@page
def feedback(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Tell the school."""
    form = shapes.FeedbackForm(posted(request), prefix="feedback")

    def do() -> UUID:
        return give_feedback(
            viewer,
            case_id,
            code=FeedbackCode(form.cleaned_data["code"]),
            next_check_on=form.cleaned_data["next_check_on"],
        ).pk

    said = _("La réponse est envoyée à l'établissement.")
    return on_case(request, viewer, case_id, "feedback", said, do, form, roles=COORDINATION)


@page
def close(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Close the case."""

    def do() -> UUID:
        return close_case(viewer, case_id, version=version_of(request)).pk

    said = _("Le dossier est clos. Les partages ont pris fin.")
    return on_case(request, viewer, case_id, "close", said, do)
