"""An OpenID provider that lies exactly as much as a test tells it to."""

import hashlib
import json
import secrets
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT = "rempart-tests"
Claims = dict[str, Any]
Sign = Callable[[Claims], str]


def a_key() -> rsa.RSAPrivateKey:
    """A new key pair."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


OWN, STRANGE = a_key(), a_key()


def signed(
    key: Any = OWN, *, algorithm: str = "RS256", kid: str | None = "one", **header: Any
) -> Sign:
    """Signs claims as the provider would, unless it is told otherwise."""
    named = {"kid": kid} if kid else {}
    return lambda claims: jwt.encode(claims, key, algorithm, headers={**named, **header})


class HostileProvider:
    """Honest until a test changes one thing.

    ``id_token`` and ``userinfo`` change the claims; ``sign_id_token`` and ``sign_userinfo`` how
    they are signed; ``answers`` gives a whole answer for a path.
    """

    def __init__(self, server: ThreadingHTTPServer) -> None:
        # A port comes round again; what an earlier test left behind is another issuer's.
        self.below = f"/{secrets.token_hex(6)}"
        self.origin = f"http://127.0.0.1:{server.server_port}"
        self.issuer = self.origin + self.below
        self.subject, self.idp_id, self.amr = "sujet-1", "idp-justice", ["pwd", "mfa"]
        self.auth_time: int | None = int(time.time())
        self.sid = secrets.token_urlsafe(16)
        self.id_token: Claims = {}
        self.userinfo: Claims = {}
        self.discovery: Claims = {}
        self.without: tuple[str, ...] = ()
        self.sign_id_token: Sign = signed()
        self.sign_userinfo: Sign = signed()
        self.userinfo_kind = "application/jwt"
        self.answers: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.delay = 0.0
        self.asked: list[str] = []
        self.codes: dict[str, Claims] = {}
        self.exchanged: list[Claims] = []

    def authorize(self, address: str) -> Claims:
        """What the browser is sent back with, as after a sign-in at the provider's own page."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def settings(self, **changes: Any) -> Claims:
        """The setting that makes Rempart use this provider."""
        return {
            "issuer": self.issuer,
            "name": "ProConnect",
            "client_id": CLIENT,
            "client_secret": "s" * 40,
            "scopes": ["openid", "idp_id"],
            "algorithms": ["RS256"],
            "acr_values": [],
            "strong": ["mfa", "otp", "totp", "hwk", "pop", "sc"],
            "ca_file": "",
            "proxy": "",
            "endpoints": dict.fromkeys(
                ("authorization", "token", "userinfo", "jwks", "end_session"), ""
            ),
            **changes,
        }

    def logout_token(
        self, *, sign: Sign | None = None, without: tuple[str, ...] = (), **changes: Any
    ) -> str:
        """A sign-out message of the session that was opened last."""
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": moment,
            "exp": moment + 120,
            "jti": secrets.token_urlsafe(16),
            "sid": self.sid,
            "sub": self.subject,
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            **changes,
        }
        return (sign or signed())({k: v for k, v in claims.items() if k not in without})

    def answer(self, path: str, sent: Claims) -> tuple[int, dict[str, str], bytes]:
        """One answer, by the path that was asked for."""
        if path in self.answers:
            return self.answers[path]
        if path == "/.well-known/openid-configuration":
            return _json(self.configuration())
        if path == "/jwks":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(OWN.public_key()))
            return _json({"keys": [{**public, "kid": "one", "use": "sig", "alg": "RS256"}]})
        if path == "/token":
            return self._exchange(sent)
        if path == "/userinfo":
            return 200, {"Content-Type": self.userinfo_kind}, self._person()
        return 404, {}, b""

    def configuration(self) -> Claims:
        """What it says of itself."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "jwks_uri": f"{self.issuer}/jwks",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
            **self.discovery,
        }

    def _exchange(self, sent: Claims) -> tuple[int, dict[str, str], bytes]:
        self.exchanged.append(sent)
        asked = self.codes.get(sent.get("code", ""))
        if asked is None or _challenge(sent.get("code_verifier", "")) != asked["code_challenge"]:
            return 400, {"Content-Type": "application/json"}, b'{"error":"invalid_grant"}'
        moment, access = int(time.time()), secrets.token_urlsafe(16)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "iat": moment,
            "exp": moment + 60,
            "nonce": asked["nonce"],
            "amr": self.amr,
            "sid": self.sid,
            "at_hash": _challenge(access, half=True),
            **({"auth_time": self.auth_time} if self.auth_time is not None else {}),
            **self.id_token,
        }
        kept = {name: value for name, value in claims.items() if name not in self.without}
        return _json({"access_token": access, "id_token": self.sign_id_token(kept)})

    def _person(self) -> bytes:
        moment = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.subject,
            "idp_id": self.idp_id,
            "email": "quelquun@essais.exemple",
            "iat": moment,
            "exp": moment + 60,
            **self.userinfo,
        }
        return self.sign_userinfo({k: v for k, v in claims.items() if v is not None}).encode()


def _challenge(text: str, *, half: bool = False) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return urlsafe_b64encode(digest[:16] if half else digest).rstrip(b"=").decode()


def _json(body: Any) -> tuple[int, dict[str, str], bytes]:
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    provider: HostileProvider

    def do_GET(self) -> None:
        self._answer({})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self._answer({name: values[0] for name, values in parse_qs(body).items()})

    def _answer(self, sent: Claims) -> None:
        path = urlsplit(self.path).path.removeprefix(self.provider.below)
        self.provider.asked.append(path)
        time.sleep(self.provider.delay)
        status, headers, body = self.provider.answer(path, sent)
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Tests read the answers, not a log."""


@contextmanager
def hostile_provider() -> Iterator[HostileProvider]:
    """The provider on a port of its own, in a thread, gone at the end."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    provider = HostileProvider(server)
    handler.provider = provider  # type: ignore[attr-defined]  # set on the class made above
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
