"""The kinds of second factor that a page may ask for, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from django.forms import Form
from django.http import HttpRequest, QueryDict

from agencies.pages.forms import CodeForm
from agencies.pages.progress import origin_of
from agencies.services.confirm_factor import Confirmed, confirm_factor


@dataclass(frozen=True, slots=True)
class FactorKind:
    """One kind: its form, the part of a page that shows it, and who says that it is right.

    ``confirm`` raises a refusal for the person to read. ``offered`` says whether an account has
    anything of this kind. ``template`` is given ``form``, ``kind`` and ``goes_to``, the address of
    the form; it must send ``kind``.
    """

    code: str
    template: str
    form: Callable[[QueryDict | None], Form]
    confirm: Callable[[HttpRequest, UUID, Form], Confirmed]
    offered: Callable[[UUID], bool]


_kinds: list[FactorKind] = []


def factor_kind(kind: FactorKind) -> None:
    """Register a kind after those that are there; the same code again takes its place."""
    for place, known in enumerate(_kinds):
        if known.code == kind.code:
            _kinds[place] = kind
            return
    _kinds.append(kind)


def kinds_of(account_id: UUID) -> list[FactorKind]:
    """What this account can be asked for."""
    return [kind for kind in _kinds if kind.offered(account_id)]


def _confirm_totp(request: HttpRequest, account_id: UUID, form: Form) -> Confirmed:
    return confirm_factor(origin_of(request), account_id=account_id, code=form.cleaned_data["code"])


factor_kind(
    FactorKind(
        code="totp",
        template="agencies/_confirm_totp.html",
        form=CodeForm,
        confirm=_confirm_totp,
        offered=lambda account_id: True,
    )
)
