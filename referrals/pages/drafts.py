"""Writing a referral: start, keep, look for an existing case, send."""

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    JsonResponse,
)
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from kernel.errors import Conflict, Invalid, TooMany
from kernel.http.failures import body_of
from kernel.http.idempotency import digest_of, key_of, once
from kernel.http.pages import page
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer
from referrals.forms import SearchForm
from referrals.intake.escalation import PartyInput
from referrals.intake.forms import EscalationForm
from referrals.intake.services.save_draft import read_draft, save_draft
from referrals.intake.services.search_before import search_before
from referrals.intake.services.start_draft import start_draft
from referrals.intake.services.submit import submit
from referrals.models.content import PartyRole
from referrals.pages.acting import kept, posted, version_of
from referrals.pages.draft_words import in_words
from referrals.partners import coordination_contacts

NOT_TYPED = {"csrfmiddlewaretoken", "_key", "_seat", "_version"}


@page
def start(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Open a draft and go to its form."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    case_id = once(viewer, key_of(request), "start_draft", b"start", lambda: start_draft(viewer))
    return HttpResponseRedirect(reverse("referrals:draft", args=[case_id]))


@page
def draft(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """The escalation form, refilled from the draft; POST sends it."""
    if request.method == "POST":
        return _send(request, viewer, case_id)
    _case, typed, version = read_draft(viewer, case_id)
    form = EscalationForm(typed=typed)
    return _form_page(request, case_id, form, version)


@page
def autosave(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    """Keep what is typed. Answers the new version, or 409 with what somebody else changed."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    by_itself = "X-Autosave" in request.headers
    try:
        with transaction.atomic():
            version = _keep(request, viewer, case_id)
    except Conflict as refusal:
        if not by_itself:
            return _disagreement(request, viewer, case_id, refusal)
        return kept(JsonResponse(_difference(viewer, case_id, refusal)), refusal.status)
    except Invalid as refusal:
        if not by_itself:
            raise
        return JsonResponse(body_of(refusal), status=refusal.status)
    if by_itself:
        return JsonResponse({"version": version})
    messages.success(request, str(_("Le brouillon est enregistré.")))
    return HttpResponseRedirect(reverse("referrals:draft", args=[case_id]))


def _keep(request: HttpRequest, viewer: Viewer, case_id: UUID) -> int:
    """Save what was typed, unless somebody saved since the form was shown."""
    return save_draft(viewer, case_id, _typed(request), version=version_of(request) or 0)


def _difference(viewer: Viewer, case_id: UUID, refusal: Conflict) -> dict[str, object]:
    """What the script of the page shows: the other version, and its number to go on from."""
    _case, _stored, version = read_draft(viewer, case_id)
    told = {"message": str(refusal.message), "changed": in_words(refusal.changed)}
    return {"error": {"code": refusal.code, "version": version, **told}}


def _disagreement(
    request: HttpRequest, viewer: Viewer, case_id: UUID, refusal: Conflict
) -> HttpResponse:
    """The form with everything that was typed, beside what somebody else has written meanwhile."""
    _case, _stored, version = read_draft(viewer, case_id)
    form = EscalationForm(typed=_typed(request))
    changed = in_words(refusal.changed).items()
    elsewhere = {"message": refusal.message, "changed": list(changed)}
    answer = _form_page(request, case_id, form, version, elsewhere=elsewhere, unsaved=True)
    return kept(answer, refusal.status)


@page
def search(request: HttpRequest, viewer: Viewer) -> HttpResponse:
    """Does the cell already follow this pupil? Yes or no."""
    form = SearchForm(posted(request))
    found, refusal = None, None
    if request.method == "POST" and form.is_valid():
        pupil = PartyInput(role=PartyRole.TARGET, class_group="", **form.cleaned_data)
        try:
            found = search_before(viewer, pupil)
        except TooMany as too_many:
            refusal = too_many
            form.add_error(None, str(refusal.message))
    contacts = coordination_contacts(viewer) if found else []
    context = {"form": form, "found": found, "contacts": contacts}
    response = render(request, "referrals/search.html", context)
    if request.method == "POST" and not form.is_valid():
        return kept(response, refusal.status if refusal else 422, refusal)
    return response


def _typed(request: HttpRequest) -> dict[str, list[str]]:
    return {name: values for name, values in request.POST.lists() if name not in NOT_TYPED}


def _send(request: HttpRequest, viewer: Viewer, case_id: UUID) -> HttpResponse:
    form = EscalationForm(request.POST)
    try:
        if not form.is_valid():
            with transaction.atomic():
                version = _keep(request, viewer, case_id)
            return kept(_form_page(request, case_id, form, version), 422)
        with transaction.atomic():
            once(
                viewer,
                key_of(request),
                f"submit:{case_id}",
                digest_of(dict(request.POST.lists())),
                lambda: _sent(request, viewer, case_id, form),
            )
    except Conflict as refusal:
        if not refusal.changed:
            raise
        return _disagreement(request, viewer, case_id, refusal)
    except Invalid as refusal:
        show_refusal(form.situation, refusal)
        return kept(_form_page(request, case_id, form, version_of(request) or 0), 422)
    return HttpResponseRedirect(reverse("referrals:sent", args=[case_id]))


def _sent(request: HttpRequest, viewer: Viewer, case_id: UUID, form: EscalationForm) -> UUID:
    """Send the form, unless it would silently replace what somebody else has written meanwhile."""
    if version_of(request) is not None:
        _keep(request, viewer, case_id)
    return submit(viewer, case_id, form.as_escalation()).pk


def _form_page(
    request: HttpRequest, case_id: UUID, form: EscalationForm, version: int, **more: object
) -> HttpResponse:
    context = {
        "form": form.situation,
        "targets": form.parts["targets"],
        "presumed": form.parts["presumed"],
        "witnesses": form.parts["witnesses"],
        "facts": form.parts["facts"],
        "version": version,
        "case_id": case_id,
        "autosave_url": reverse("referrals:autosave", args=[case_id]),
        **more,
    }
    return render(request, "referrals/draft.html", context)
