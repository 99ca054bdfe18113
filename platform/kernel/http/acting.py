"""What every act of a page shares: once per key, undone when refused, the form kept as typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils.translation import gettext_lazy as _

from kernel.errors import Conflict, DomainError, Invalid, NotFound, TooMany, WrongState
from kernel.http.idempotency import digest_of, key_of, once
from kernel.ui.forms import show_refusal
from kernel.viewer import Viewer


@dataclass(frozen=True, slots=True)
class Act:
    """One act from a page: what it is called, what does it, where to go after, what to say.

    ``do`` gives the identifier that the key stands for ever after; ``then`` may make an address
    of it, so that a form sent twice leads to the same place twice. ``said`` may be asked after the
    act, when what can be said depends on what came of it.
    """

    name: str
    do: Callable[[], UUID]
    then: str | Callable[[UUID], str]
    said: object | Callable[[], object]


def perform(
    request: HttpRequest,
    viewer: Viewer,
    act: Act,
    *,
    form: forms.BaseForm | None = None,
    again: Callable[[], HttpResponse],
    words: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Do the act and go on, or show the page again with what was typed and what is wrong.

    ``again`` renders the page. What a person can mend (Invalid, WrongState, Conflict) or send again
    later (TooMany) is shown on it; every other refusal is answered by the middleware. ``words``
    says how the fields that somebody else may have changed are called in a sentence.
    """
    if form is not None and not form.is_valid():
        return kept(again(), 422)
    try:
        with transaction.atomic():
            made = once(
                viewer,
                key_of(request),
                act.name,
                digest_of(dict(request.POST.lists())),
                act.do,
            )
    except (Invalid, WrongState, Conflict, TooMany) as refusal:
        if form is None or not isinstance(refusal, Invalid):
            messages.error(request, _with_changes(refusal, words or {}))
        else:
            show_refusal(form, refusal)
        try:
            page = again()
        except NotFound:
            # What it is about has gone with the act, whose key is sent once more.
            if isinstance(refusal, Conflict):
                raise refusal from None
            raise
        return kept(page, refusal.status, refusal)
    messages.success(request, str(act.said() if callable(act.said) else act.said))
    return HttpResponseRedirect(act.then if isinstance(act.then, str) else act.then(made))


def kept(response: HttpResponse, status: int, refusal: DomainError | None = None) -> HttpResponse:
    """The page again, with the status of the refusal; that it was read stays on record.

    So does the refusal of a service. A form that was never complete is no attempt at anything.
    """
    response.status_code = status
    response.refusal = refusal  # type: ignore[attr-defined]  # read by ScopeMiddleware
    response.keeps_record = True  # type: ignore[attr-defined]  # read by ScopeMiddleware
    return response


def _with_changes(refusal: DomainError, words: Mapping[str, object]) -> str:
    """What is said above the page, with what somebody else has changed meanwhile."""
    changes = [
        f"{words[name]} « {value} »"
        for name, value in refusal.changed.items()
        if name in words and value
    ]
    if not changes:
        return str(refusal.message)
    listed = ", ".join(changes)
    return f"{refusal.message} " + _("Ce qui a changé : %(listed)s.") % {"listed": listed}


def posted(request: HttpRequest) -> QueryDict | None:
    """What was sent, even when that is nothing; None when the page is only looked at."""
    return request.POST if request.method == "POST" else None


def version_of(request: HttpRequest) -> int | None:
    """The version of what the person was looking at, from the form."""
    text = request.POST.get("_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None
