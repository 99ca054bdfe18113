"""What partners ask of the cell about a case, and the answer part by part."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.http.pages import page
from kernel.viewer import Viewer
from referrals import policies
from referrals.casefile.selectors import case_for
from referrals.compartments import BY_CODE
from referrals.forms import AnswerRequestForm, AskAccessForm, AskInformationForm
from referrals.models.access import Level
from referrals.models.request import PartRefusal
from referrals.models.share import LegalBasis, Purpose
from referrals.pages.acting import Act, perform, posted, version_of
from referrals.pages.acts import on_case
from referrals.pages.case_view import case_page
from referrals.pages.wording import LEVELS
from referrals.sharing.requests import read_request, request_for, shared_scope
from referrals.sharing.services.answer_request import (
    Verdict,
    answer_request,
    asked_of,
    grantable,
    may_answer,
)
from referrals.sharing.services.ask import ask_access, ask_information, askable
from referrals.sharing.services.ask import withdraw as withdraw_request

PARTNERS = policies.PARTNER | {"agency_lead"}
SAID = _("La demande est envoyée à la coordination.")


@page
def access(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Ask to see another part of a case."""
    scope = askable(viewer, shared_scope(viewer, case_for(viewer, case_id)))
    form = AskAccessForm(scope, posted(request), prefix="ask_access")

    def do() -> UUID:
        chosen = form.cleaned_data
        return ask_access(
            viewer,
            case_id,
            compartments=[BY_CODE[code] for code in chosen["compartments"]],
            purpose=Purpose(chosen["purpose"]),
            level=Level(chosen["level"]),
            why=chosen["question"],
        ).pk

    return on_case(request, viewer, case_id, "ask_access", SAID, do, form, roles=PARTNERS)


@page
def information(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Ask something about parts that are open."""
    scope = shared_scope(viewer, case_for(viewer, case_id))
    form = AskInformationForm(scope, posted(request), prefix="ask_information")

    def do() -> UUID:
        chosen = form.cleaned_data
        return ask_information(
            viewer,
            case_id,
            compartments=[BY_CODE[code] for code in chosen["compartments"]],
            question=chosen["question"],
        ).pk

    return on_case(request, viewer, case_id, "ask_information", SAID, do, form, roles=PARTNERS)


@page
def answer(request: HttpRequest, viewer: Viewer, request_id: UUID) -> HttpResponse:
    """One answer for each part that was asked; POST sends them."""
    # Sent twice, an answer leads on twice: whether it may still be given is asked within the act.
    sent = request.method == "POST"
    row = (asked_of if sent else may_answer)(viewer, request_id)
    line = (request_for if sent else read_request)(viewer, request_id)
    levels = [(level.value, LEVELS[level]) for level in grantable(row)]
    form = AnswerRequestForm(row.kind, line.parts, levels, posted(request), prefix="answer")

    def show() -> HttpResponse:
        context = {"case": case_for(viewer, row.case_id), "line": line, "form": form}
        return render(request, "referrals/request.html", context)

    if not sent:
        return show()

    def do() -> UUID:
        chosen = form.cleaned_data
        verdicts = {
            part: Verdict(PartRefusal(reason) if reason else None, words)
            for part, (reason, words) in form.verdicts().items()
        }
        return answer_request(
            viewer,
            request_id,
            verdicts,
            legal_basis=LegalBasis(chosen.get("legal_basis", LegalBasis.PROTOCOL)),
            until=chosen.get("until"),
            level=Level(chosen["level"]) if chosen.get("level") else None,
            version=version_of(request),
        ).pk

    act = Act(
        f"answer:{request_id}",
        do,
        reverse("referrals:case", args=[row.case_id]),
        _("La réponse est envoyée au service."),
    )
    return perform(request, viewer, act, form=form, again=show)


@page
def withdraw(request: HttpRequest, viewer: Viewer, request_id: UUID) -> HttpResponse:
    """Take a request back."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    case_id = request_for(viewer, request_id).row.case_id
    act = Act(
        f"withdraw:{request_id}",
        lambda: withdraw_request(viewer, request_id).pk,
        reverse("referrals:case", args=[case_id]),
        _("La demande est retirée."),
    )
    return perform(request, viewer, act, again=lambda: case_page(request, viewer, case_id))
