"""Which identity provider people may sign in through, and where it is reached."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from agencies.oidc import wire
from agencies.oidc.errors import ProviderDown

FRESH_FOR: Final = 600.0
"""Seconds for which what a provider says about itself is taken as still true."""
AGAIN_AFTER: Final = 30.0
"""Seconds between two requests for keys that a stranger's token can provoke."""
T = TypeVar("T")
ASYMMETRIC: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256"})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where each step takes place."""

    authorization: str
    token: str
    userinfo: str
    jwks: str
    end_session: str
    says_who_answers: bool = False
    """Whether every way back must name the issuer (RFC 9207)."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What we know of the provider before asking it anything."""

    issuer: str
    name: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    algorithms: tuple[str, ...]
    acr_values: tuple[str, ...]
    strong: frozenset[str]
    trust: wire.Trust
    explicit: Endpoints | None

    @property
    def origin(self) -> str:
        """The origin that its pages are served from."""
        parts = urlsplit(self.issuer)
        return f"{parts.scheme}://{parts.netloc}"

    def endpoints(self) -> Endpoints:
        """Where its steps take place: as configured, else as it says itself."""
        if self.explicit is not None:
            return self.explicit
        return _places.of(self, _discovered)

    def keys(self, *, without: str | None = None) -> list[Mapping[str, Any]]:
        """Its public keys; asked for again when none is called ``without``, but not often."""
        keys = _keys.of(self, _fetched_keys)
        if without is not None and all(key.get("kid") != without for key in keys):
            keys = _keys.of(self, _fetched_keys, fresh_for=AGAIN_AFTER)
        return keys


def the_provider() -> Provider | None:
    """The configured provider, or None where people sign in with a password only."""
    given: Mapping[str, Any] | None = settings.IDENTITY_PROVIDER
    if given is None:
        return None
    algorithms = tuple(given["algorithms"])
    if not algorithms or not ASYMMETRIC.issuperset(algorithms):
        raise ImproperlyConfigured(
            f"REMPART_OIDC_ALGORITHMS takes only {', '.join(sorted(ASYMMETRIC))}"
        )
    return Provider(
        issuer=_address(given["issuer"]),
        name=given["name"],
        client_id=given["client_id"],
        client_secret=given["client_secret"],
        scopes=tuple(given["scopes"]),
        algorithms=algorithms,
        acr_values=tuple(given["acr_values"]),
        strong=frozenset(given["strong"]),
        trust=wire.Trust(ca_file=given["ca_file"], proxy=given["proxy"]),
        explicit=_explicit(given["endpoints"]),
    )


def _explicit(given: Mapping[str, str]) -> Endpoints | None:
    needed = ("authorization", "token", "userinfo", "jwks")
    if not any(given.values()):
        return None
    if not all(given[name] for name in needed):
        raise ImproperlyConfigured(
            "Of the REMPART_OIDC_..._ENDPOINT variables, set AUTHORIZATION, TOKEN, USERINFO and "
            "JWKS together, or none of them."
        )
    return Endpoints(
        authorization=_address(given["authorization"]),
        token=_address(given["token"]),
        userinfo=_address(given["userinfo"]),
        jwks=_address(given["jwks"]),
        end_session=_address(given["end_session"]) if given["end_session"] else "",
    )


def _address(text: str) -> str:
    """HTTPS; plain HTTP only to this very machine, in the demo and in tests."""
    parts = urlsplit(text)
    loopback = settings.DEMO and parts.hostname in ("127.0.0.1", "localhost")
    if not parts.hostname or not (parts.scheme == "https" or (loopback and parts.scheme == "http")):
        raise ImproperlyConfigured("An address of the identity provider does not begin https://")
    return text


def _discovered(provider: Provider) -> Endpoints:
    address = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    said = wire.as_object(wire.get(provider.trust, address))
    if said.get("issuer") != provider.issuer:
        raise ProviderDown
    try:
        return Endpoints(
            authorization=_address(said["authorization_endpoint"]),
            token=_address(said["token_endpoint"]),
            userinfo=_address(said["userinfo_endpoint"]),
            jwks=_address(said["jwks_uri"]),
            end_session=_address(said["end_session_endpoint"])
            if "end_session_endpoint" in said
            else "",
            says_who_answers=said.get("authorization_response_iss_parameter_supported") is True,
        )
    except (KeyError, TypeError, ValueError, AttributeError, ImproperlyConfigured) as error:
        raise ProviderDown from error


def _fetched_keys(provider: Provider) -> list[Mapping[str, Any]]:
    keys = wire.as_object(wire.get(provider.trust, provider.endpoints().jwks)).get("keys")
    if not isinstance(keys, list):
        raise ProviderDown
    return [key for key in keys if isinstance(key, dict)]


class _Memory(Generic[T]):
    """What each provider said last, and when: the same for every request of this process."""

    def __init__(self) -> None:
        self._said: dict[str, tuple[float, T]] = {}

    def of(
        self, provider: Provider, ask: Callable[[Provider], T], *, fresh_for: float = FRESH_FOR
    ) -> T:
        known = self._said.get(provider.issuer)
        if known is not None and time.monotonic() - known[0] < fresh_for:
            return known[1]
        answer = ask(provider)
        self._said[provider.issuer] = (time.monotonic(), answer)
        return answer


_places: _Memory[Endpoints] = _Memory()
_keys: _Memory[list[Mapping[str, Any]]] = _Memory()
