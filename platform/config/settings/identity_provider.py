"""The identity provider that people may sign in through; none unless its issuer is set."""

from config.settings.environment import text, words

ENDPOINTS = ("authorization", "token", "userinfo", "jwks", "end_session")


def identity_provider() -> dict[str, object] | None:
    """What `agencies.oidc.provider` reads; None leaves every page of it out."""
    issuer = text("REMPART_OIDC_ISSUER", "")
    if not issuer:
        return None
    return {
        "issuer": issuer,
        "name": text("REMPART_OIDC_NAME", "ProConnect"),
        "client_id": text("REMPART_OIDC_CLIENT_ID"),
        "client_secret": text("REMPART_OIDC_CLIENT_SECRET"),
        "scopes": words("REMPART_OIDC_SCOPES", "openid,idp_id"),
        "algorithms": words("REMPART_OIDC_ALGORITHMS", "RS256,ES256"),
        "acr_values": words("REMPART_OIDC_ACR_VALUES"),
        "strong": words("REMPART_OIDC_STRONG_AMR", "mfa,otp,totp,hwk,pop,sc"),
        "ca_file": text("REMPART_OIDC_CA_FILE", ""),
        "proxy": text("REMPART_OIDC_PROXY", ""),
        "endpoints": {
            name: text(f"REMPART_OIDC_{name.upper()}_ENDPOINT", "") for name in ENDPOINTS
        },
    }
