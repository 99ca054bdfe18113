"""What a signed token of the provider must be before a word of it is believed."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

import jwt
from cryptography.exceptions import UnsupportedAlgorithm

from agencies.oidc.errors import NotVerified
from agencies.oidc.provider import Provider

LEEWAY: Final = timedelta(seconds=30)
"""How far the provider's clock may be from ours."""
LONGEST: Final = 20_000
Claims = Mapping[str, Any]


def key_of(provider: Provider, token: str) -> jwt.PyJWK:
    """The provider's own key for this token: of its list, of its kind, never of the token.

    The algorithm is one that we chose beforehand, and the one that the key is for.
    """
    header = _header(token)
    algorithm, name = header.get("alg"), header.get("kid")
    if algorithm not in provider.algorithms:
        raise NotVerified("algorithm")
    keys = provider.keys(without=name if isinstance(name, str) else None)
    fitting = [key for key in keys if _fits(key, algorithm, name)]
    if len(fitting) != 1:
        raise NotVerified("key")
    try:
        return jwt.PyJWK(dict(fitting[0]), algorithm=algorithm)
    except (jwt.PyJWTError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
        raise NotVerified("key") from error


def checked(
    provider: Provider, token: str, key: jwt.PyJWK, *, required: tuple[str, ...]
) -> dict[str, Any]:
    """The claims of a token that the provider signed, for us, and that is valid now."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[key.algorithm_name],
            audience=provider.client_id,
            issuer=provider.issuer,
            leeway=LEEWAY,
            options={"require": ["iss", "aud", *required]},
        )
    except (jwt.PyJWTError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise NotVerified(_reason(error)) from error
    _for_us(provider, claims)
    return claims


def same_text(one: object, other: object) -> bool:
    """Whether both are the same non-empty text, without telling by the time where they differ."""
    if not (isinstance(one, str) and isinstance(other, str) and one and other):
        return False
    return hmac.compare_digest(one.encode(), other.encode())


def check_access_token(claims: Claims, key: jwt.PyJWK, access_token: str) -> None:
    """When the id_token names the access token it came with, it is this one."""
    if "at_hash" not in claims:
        return
    size = key.algorithm_name[-3:]
    digest = hashlib.new(f"sha{size}", access_token.encode()).digest()
    half = urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not same_text(claims["at_hash"], half):
        raise NotVerified("access_token")


def _header(token: str) -> Mapping[str, Any]:
    if not token or len(token) > LONGEST:
        raise NotVerified("shape")
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise NotVerified("shape") from error


def _fits(key: Mapping[str, Any], algorithm: str, name: object) -> bool:
    kind = "EC" if algorithm.startswith("ES") else "RSA"
    return (
        key.get("kty") == kind
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
    )


def _for_us(provider: Provider, claims: Claims) -> None:
    """A token for several programs says which of them asked for it."""
    audience, party = claims["aud"], claims.get("azp")
    several = isinstance(audience, list) and len(audience) > 1
    if (several or party is not None) and not same_text(party, provider.client_id):
        raise NotVerified("audience")


def _reason(error: Exception) -> str:
    for kind, code in (
        (jwt.ExpiredSignatureError, "expired"),
        (jwt.ImmatureSignatureError, "early"),
        (jwt.InvalidAudienceError, "audience"),
        (jwt.InvalidIssuerError, "issuer"),
        (jwt.MissingRequiredClaimError, "incomplete"),
        (jwt.InvalidSignatureError, "signature"),
    ):
        if isinstance(error, kind):
            return code
    return "shape"
