"""The root key in the transit engine of a Vault: keys are wrapped and unwrapped over there.

Asked at most once a minute and process for each period key, with a short time limit. While the
Vault does not answer, what is not remembered is not available; nothing is lost.
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import requests
from django.core.exceptions import ImproperlyConfigured

from kernel.crypto.rings import HEAD, NONCE, TRANSIT, CannotDecrypt
from kernel.errors import Unavailable

CONNECT_WITHIN: Final = 1.0
WITHIN: Final = 3.0
LARGEST: Final = 64 * 1024
_SEALED: Final = re.compile(r"vault:v([1-9][0-9]{0,8}):([A-Za-z0-9+/=]+)")
_TAG: Final = 16


@dataclass(frozen=True, slots=True)
class Place:
    """Where the Vault is and what our key is called there."""

    address: str
    token_file: str
    name: str = "rempart"
    mount: str = "transit"
    namespace: str = ""
    ca_file: str = ""


def transit_from(found: Mapping[str, str]) -> "TransitKey | None":
    """The key that the settings name, or None when no Vault is named."""
    return TransitKey(Place(**found)) if found.get("address") else None


class TransitKey:
    """One named key of a transit engine, of type aes256-gcm96. Its versions are the Vault's."""

    def __init__(self, place: Place) -> None:
        parts = urlsplit(place.address)
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "::1", "localhost"):
            raise ImproperlyConfigured(
                "REMPART_VAULT_ADDRESS must begin with https://, unless it is on this machine."
            )
        if not place.token_file:
            raise ImproperlyConfigured("REMPART_VAULT_TOKEN_FILE must name a file with a token.")
        self._place = place

    def wrap(self, key: bytes, context: bytes) -> bytes:
        """The key, wrapped by the latest version over there."""
        answer = self._ask("encrypt", {"plaintext": _text(key), "associated_data": _text(context)})
        found = _SEALED.fullmatch(str(answer.get("ciphertext")))
        if found is None:
            raise Unavailable
        sealed = base64.b64decode(found[2])
        if len(sealed) != NONCE + len(key) + _TAG:
            raise ImproperlyConfigured("The key in the Vault must be of the type aes256-gcm96.")
        return HEAD.pack(TRANSIT, int(found[1])) + sealed

    def unwrap(self, blob: bytes, context: bytes) -> bytes:
        """The key inside. Raises CannotDecrypt when the Vault refuses the bytes or the place."""
        if len(blob) <= HEAD.size:
            raise CannotDecrypt
        kind, version = HEAD.unpack_from(blob)
        if kind != TRANSIT:
            raise CannotDecrypt
        ciphertext = f"vault:v{version}:{_text(blob[HEAD.size :])}"
        answer = self._ask("decrypt", {"ciphertext": ciphertext, "associated_data": _text(context)})
        try:
            return base64.b64decode(str(answer["plaintext"]), validate=True)
        except (KeyError, ValueError) as error:
            raise Unavailable from error

    def is_current(self, blob: bytes) -> bool:
        """Whether the latest version, as this object has first heard of it, wrapped this."""
        return blob[: HEAD.size] == HEAD.pack(TRANSIT, self._latest)

    @cached_property
    def _latest(self) -> int:
        return int(self._ask("keys", None)["latest_version"])

    def _ask(self, verb: str, body: Mapping[str, str] | None) -> dict[str, Any]:
        """One request. What the environment says of proxies and passwords is not read."""
        place = self._place
        headers = {"X-Vault-Token": _token(place.token_file), "X-Vault-Request": "true"}
        if place.namespace:
            headers["X-Vault-Namespace"] = place.namespace
        path = f"{quote(place.mount)}/{verb}/{quote(place.name, safe='')}"
        try:
            with requests.Session() as session:
                session.trust_env = False
                session.verify = place.ca_file or True
                answer = session.request(
                    "GET" if body is None else "POST",
                    f"{place.address.rstrip('/')}/v1/{path}",
                    json=body,
                    headers=headers,
                    timeout=(CONNECT_WITHIN, WITHIN),
                    allow_redirects=False,
                )
        except (requests.RequestException, OSError) as error:
            raise Unavailable from error
        if answer.status_code == 400:
            raise CannotDecrypt
        if answer.status_code != 200 or len(answer.content) > LARGEST:
            raise Unavailable
        return _data(answer.content)


def _token(path: str) -> str:
    """Read anew each time: whoever renews the token replaces the file."""
    try:
        return Path(path).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise Unavailable from error


def _data(body: bytes) -> dict[str, Any]:
    try:
        data = json.loads(body)["data"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unavailable from error
    if not isinstance(data, dict):
        raise Unavailable
    return data


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
