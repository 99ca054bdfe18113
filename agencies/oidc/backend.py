"""The library's steps of a sign-in, held to the rules of this house.

What the library leaves open is closed here: only asymmetric algorithms chosen beforehand, issuer,
audience and times always checked, userinfo only as a signed token about the same person, requests
bounded and never redirected, nobody looked up by e-mail address and nobody created.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import jwt
from django.core.exceptions import SuspiciousOperation
from mozilla_django_oidc.auth import OIDCAuthenticationBackend

from agencies.models.identity import IDP_FORM
from agencies.oidc import wire
from agencies.oidc.errors import NotVerified
from agencies.oidc.provider import Provider
from agencies.oidc.tokens import LEEWAY, check_access_token, checked, key_of, same_text
from kernel.clock import now

ISSUED_WITHIN: Final = timedelta(minutes=5)
LONGEST_SUBJECT: Final = 255


@dataclass(frozen=True, slots=True)
class Proven:
    """Who the provider says this is, after everything it said was checked."""

    issuer: str
    idp_id: str
    subject: str
    strong: bool
    authenticated_at: datetime | None
    sid: str
    id_token: str


class Steps(OIDCAuthenticationBackend):
    """One sign-in through one provider."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        super().__init__()

    def prove(self, *, code: str, nonce: str, verifier: str, way_back: str) -> Proven:
        """Exchange the code and say who came back. Raises NotVerified or ProviderDown."""
        given = self.get_token(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": way_back,
                "code_verifier": verifier,
                "client_id": self.provider.client_id,
                "client_secret": self.provider.client_secret,
            }
        )
        id_token, access_token = given.get("id_token"), given.get("access_token")
        if not (isinstance(id_token, str) and isinstance(access_token, str)):
            raise NotVerified("incomplete")
        try:
            claims = self.verify_token(id_token, nonce=nonce)
        except SuspiciousOperation as error:
            raise NotVerified("nonce") from error
        self._check_id_token(claims, id_token, access_token)
        person = self.get_userinfo(access_token, id_token, claims)
        return self._proven(claims, person, id_token)

    def get_settings(self, attr: str, *args: Any) -> Any:
        """The library's settings, out of ours; it reads none from anywhere else."""
        endpoints = self.provider.endpoints()
        known: dict[str, Any] = {
            "OIDC_OP_TOKEN_ENDPOINT": endpoints.token,
            "OIDC_OP_USER_ENDPOINT": endpoints.userinfo,
            "OIDC_OP_JWKS_ENDPOINT": endpoints.jwks,
            "OIDC_RP_CLIENT_ID": self.provider.client_id,
            "OIDC_RP_CLIENT_SECRET": self.provider.client_secret,
            "OIDC_RP_SIGN_ALGO": self.provider.algorithms[0],
            "OIDC_RP_SCOPES": " ".join(self.provider.scopes),
            "OIDC_USE_NONCE": True,
            "OIDC_CREATE_USER": False,
            "OIDC_ALLOW_UNSECURED_JWT": False,
        }
        return known.get(attr, args[0] if args else None)

    def get_token(self, payload: dict[str, str]) -> dict[str, Any]:
        """The code against tokens, as ourselves. A code that is refused proves nothing."""
        answer = wire.post(self.provider.trust, self.provider.endpoints().token, payload)
        if not answer.ok:
            raise NotVerified("code")
        return wire.as_object(answer)

    def get_userinfo(
        self, access_token: str, id_token: str, payload: Mapping[str, Any]
    ) -> dict[str, Any]:
        """What the provider says of the person: signed, for us, and of the person who signed in."""
        answer = wire.get(
            self.provider.trust, self.provider.endpoints().userinfo, bearer=access_token
        )
        if not answer.ok or answer.kind != "application/jwt":
            raise NotVerified("userinfo_unsigned")
        try:
            token = answer.body.decode("ascii")
        except UnicodeDecodeError as error:
            raise NotVerified("shape") from error
        claims = checked(
            self.provider,
            token,
            key_of(self.provider, token),
            required=("sub", "exp"),
        )
        if not same_text(claims["sub"], payload["sub"]):
            raise NotVerified("other_person")
        return claims

    def retrieve_matching_jwk(self, token: str) -> jwt.PyJWK:
        return key_of(self.provider, token)

    def get_payload_data(self, token: str, key: jwt.PyJWK) -> dict[str, Any]:
        return checked(self.provider, token, key, required=("sub", "exp", "iat", "nonce"))

    def filter_users_by_claims(self, claims: Any) -> NoReturn:
        raise NotVerified("not_by_address")

    def create_user(self, claims: Any) -> NoReturn:
        raise NotVerified("not_created")

    def _check_id_token(self, claims: Mapping[str, Any], token: str, access_token: str) -> None:
        age = now().timestamp() - claims["iat"]
        if age > (ISSUED_WITHIN + LEEWAY).total_seconds():
            raise NotVerified("expired")
        check_access_token(claims, self.retrieve_matching_jwk(token), access_token)

    def _proven(
        self, claims: Mapping[str, Any], person: Mapping[str, Any], id_token: str
    ) -> Proven:
        idp_id, methods, sid = person.get("idp_id"), claims.get("amr"), claims.get("sid", "")
        subject = claims["sub"]
        if not isinstance(idp_id, str) or not re.fullmatch(IDP_FORM, idp_id):
            raise NotVerified("idp_id")
        if "idp_id" in claims and not same_text(claims["idp_id"], idp_id):
            raise NotVerified("idp_id")
        if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
            raise NotVerified("subject")
        if not isinstance(sid, str) or len(sid) > LONGEST_SUBJECT:
            raise NotVerified("shape")
        listed = methods if isinstance(methods, list) else []
        shown = {word for word in listed if isinstance(word, str)}
        return Proven(
            issuer=self.provider.issuer,
            idp_id=idp_id,
            subject=subject,
            strong=not shown.isdisjoint(self.provider.strong),
            authenticated_at=_moment(claims.get("auth_time")),
            sid=sid,
            id_token=id_token,
        )


def _moment(value: object) -> datetime | None:
    """When somebody authenticated, if the provider says so; a time to come is a lie."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**40:
        raise NotVerified("auth_time")
    moment = datetime.fromtimestamp(value, UTC)
    if moment > now() + LEEWAY:
        raise NotVerified("auth_time")
    return min(moment, now())
