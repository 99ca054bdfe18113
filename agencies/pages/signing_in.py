"""The steps of signing in: password, factor and, for those with several places, the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from agencies.pages.factor_form import FactorForms, PasskeyForm
from agencies.pages.forms import PasswordForm, SeatForm
from agencies.pages.progress import Progress, origin_of, progress_of, target_of, viewer_of
from agencies.services.confirm_factor import SeatChoice, confirm_factor, confirmed, seats_of
from agencies.services.factors import Kind, offers_of
from agencies.services.open_session import open_session
from agencies.services.sign_in import Wait, sign_in
from agencies.services.sign_in_with_passkey import sign_in_with_passkey
from agencies.services.standing import standing_of
from kernel.clock import now
from kernel.errors import DomainError, NotFound
from kernel.http.pages import public_page
from kernel.http.sessions import scope_token

Form = PasswordForm | SeatForm
SIGN_IN, CODE = "agencies/sign_in.html", "agencies/code.html"


@public_page
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def password_page(request: HttpRequest) -> HttpResponse:
    """Ask for address and password."""
    if viewer_of(request) is not None:
        return redirect(target_of(request))
    form = PasswordForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _show(request, "sign_in", form, next=target_of(request))
    try:
        account_id = sign_in(
            origin_of(request),
            email=form.cleaned_data["email"],
            password=form.cleaned_data["password"],
        )
    except DomainError as refusal:
        return _refused(request, "sign_in", form, refusal, next=target_of(request))
    progress = Progress(account_id=account_id, started_at=now(), target=target_of(request))
    request.session.cycle_key()
    progress.keep(request.session)
    return redirect("agencies:code")


@public_page
@require_http_methods(["GET", "POST"])
def code_page(request: HttpRequest) -> HttpResponse:
    """Ask for a factor. Only somebody whose password was right a moment ago gets here."""
    progress = progress_of(request.session)
    if progress is None:
        return redirect("agencies:sign_in")
    posted = request.method == "POST"
    standing = standing_of(progress.account_id)
    factors = FactorForms(offers_of(standing), request.POST if posted else None)
    context = {"factors": factors, "through": progress.through}
    if not factors.valid():
        return render(request, CODE, context, status=422 if posted else 200)
    shown = factors.shown
    try:
        found = confirm_factor(
            origin_of(request),
            account_id=progress.account_id,
            code=shown.answer,
            kind=shown.kind,
            device_id=shown.device_id,
            through=progress.through,
            standing=standing,
        )
    except DomainError as refusal:
        factors.refuse(refusal)
        return _with_wait(render(request, CODE, context, status=refusal.status), refusal)
    done = replace(progress, factor_at=found.factor_at, factor=found.factor)
    return take_a_seat(request, done, found.seats)


@public_page
@require_http_methods(["GET", "POST"])
def passkey_page(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone, from the form beside the one for a password."""
    if viewer_of(request) is not None:
        return redirect(target_of(request))
    if request.method != "POST":
        return redirect("agencies:sign_in")
    passkey = PasskeyForm(request.POST)
    context = {"form": PasswordForm(), "passkey": passkey, "next": target_of(request)}
    if not passkey.is_valid():
        return render(request, SIGN_IN, context, status=422)
    try:
        account_id = sign_in_with_passkey(origin_of(request), passkey.cleaned_data["answer"])
        done = confirmed(account_id, Kind.PASSKEY)
    except DomainError as refusal:
        passkey.data = {}
        passkey.add_error(None, str(refusal.message))
        return _with_wait(render(request, SIGN_IN, context, status=refusal.status), refusal)
    progress = Progress(
        account_id=account_id,
        started_at=now(),
        target=target_of(request),
        factor_at=done.factor_at,
        factor=done.factor,
    )
    return take_a_seat(request, progress, done.seats)


def take_a_seat(
    request: HttpRequest, progress: Progress, seats: Sequence[SeatChoice]
) -> HttpResponseRedirect:
    """Both factors have been shown: open the session, or ask which place of several to take."""
    if len(seats) == 1:
        return _open(request, progress, seats[0], seats)
    request.session.cycle_key()
    progress.keep(request.session)
    return redirect("agencies:role")


@public_page
@require_http_methods(["GET", "POST"])
def role_page(request: HttpRequest) -> HttpResponse:
    """Ask which place to take. Both factors have been shown."""
    progress = progress_of(request.session)
    if progress is None or progress.factor_at is None:
        return redirect("agencies:sign_in")
    seats = seats_of(progress.account_id, progress.through)
    form = SeatForm(request.POST if request.method == "POST" else None, seats=seats)
    if not form.is_valid():
        return _show(request, "role", form)
    seat = next(seat for seat in seats if str(seat.id) == form.cleaned_data["seat"])
    try:
        return _open(request, progress, seat, seats)
    except NotFound as refusal:
        return _refused(request, "role", form, refusal)


def _open(
    request: HttpRequest, progress: Progress, seat: SeatChoice, seats: Sequence[SeatChoice]
) -> HttpResponseRedirect:
    """Start over with a new session key, a new CSRF secret and nothing carried along."""
    request.session.start_over()  # type: ignore[attr-defined]  # kernel.http.sessions
    open_session(
        origin_of(request),
        account_id=progress.account_id,
        seat_id=seat.id,
        token=scope_token(str(request.session.session_key)),
        factor_at=progress.factor_at or now(),
        factor=progress.factor,
        through=progress.through,
        seats=seats,
    )
    rotate_token(request)
    return HttpResponseRedirect(progress.target)


def _show(request: HttpRequest, name: str, form: Form, **context: object) -> HttpResponse:
    status = 422 if form.is_bound else 200
    page = f"agencies/{name}.html"
    return render(request, page, {"form": form, **context}, status=status)


def _refused(
    request: HttpRequest, name: str, form: Form, refusal: DomainError, **context: object
) -> HttpResponse:
    """The same form with what is wrong. The password is not sent back."""
    form.add_error(None, str(refusal.message))
    response = _show(request, name, form, **context)
    response.status_code = refusal.status
    return _with_wait(response, refusal)


def _with_wait(response: HttpResponse, refusal: DomainError) -> HttpResponse:
    """The answer, saying when to come back if it is too early."""
    if isinstance(refusal, Wait):
        response.headers["Retry-After"] = str(refusal.seconds)
    return response
