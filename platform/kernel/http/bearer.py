"""Calls of another system with a token of its own, instead of a person with a cookie.

The kernel does not know tokens: the app of agencies registers who checks them, and each app offers
the operations that a token may be given. What nobody offers, no token can call.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.http import HttpRequest

from kernel.errors import SignInRequired
from kernel.http.scoped import ScopedRequest

CHANNEL = "token"


@dataclass(frozen=True, slots=True)
class Scope:
    """A group of operations under one code: route names with their methods."""

    code: str
    label: object
    routes: frozenset[tuple[str, str]]


Check = Callable[[ScopedRequest, str], Iterable[str]]
_checks: list[Check] = []
_scopes: dict[str, Scope] = {}


def checked_by(check: Check) -> None:
    """Register who checks a secret: it answers with the codes of its scopes, or refuses."""
    _checks[:] = [check]


def offer(code: str, label: object, *routes: tuple[str, str]) -> None:
    """Declare, once, operations that a token may be given."""
    if code in _scopes:
        raise ValueError(f"{code} is already offered")
    _scopes[code] = Scope(code, label, frozenset(routes))


def scopes() -> list[Scope]:
    """Everything that a token may be given, by code."""
    return sorted(_scopes.values(), key=lambda scope: scope.code)


def secret_of(request: HttpRequest) -> str | None:
    """What stands after "Bearer"; None for a browser. An empty secret is a secret, and wrong."""
    scheme, _space, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def admit(request: ScopedRequest, secret: str) -> frozenset[tuple[str, str]]:
    """The operations that this secret opens. Raises what the check refuses with."""
    if not _checks:
        raise SignInRequired
    codes = _checks[0](request, secret)
    return frozenset(route for code in codes if code in _scopes for route in _scopes[code].routes)


def opens(request: ScopedRequest) -> bool:
    """Whether this call may go to its route: always for a person, and for a token what it has."""
    if request.opened is None:
        return True
    match = request.resolver_match
    return (match.view_name if match else "", request.method) in request.opened
