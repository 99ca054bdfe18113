"""Requests to the identity provider: verified, bounded in time and size, never redirected."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

from agencies.oidc.errors import ProviderDown

CONNECT_WITHIN: Final = 3.0
WITHIN: Final = 6.0
LARGEST: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificates count, when not those of the machine, and the way out of the house."""

    ca_file: str = ""
    proxy: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer. ``ok`` means 200 and nothing else."""

    status: int
    kind: str
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status == 200


def get(trust: Trust, address: str, *, bearer: str = "") -> Answer:
    """Fetch a document."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return _ask(trust, "GET", address, headers=headers)


def post(trust: Trust, address: str, fields: Mapping[str, str]) -> Answer:
    """Send a form."""
    return _ask(trust, "POST", address, data=dict(fields))


def as_object(answer: Answer) -> dict[str, Any]:
    """A JSON object, or ProviderDown: a provider in working order sends nothing else."""
    if not answer.ok:
        raise ProviderDown
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ProviderDown from error
    if not isinstance(found, dict):
        raise ProviderDown
    return found


def _ask(
    trust: Trust,
    method: str,
    address: str,
    *,
    headers: Mapping[str, str] | None = None,
    data: dict[str, str] | None = None,
) -> Answer:
    """One request. What the environment says of proxies and passwords is not read."""
    ends = time.monotonic() + WITHIN
    with requests.Session() as session:
        session.trust_env = False
        session.verify = trust.ca_file or True
        if trust.proxy:
            session.proxies = {"http": trust.proxy, "https": trust.proxy}
        try:
            with session.request(
                method,
                address,
                headers={"Accept": "application/json, application/jwt", **(headers or {})},
                data=data,
                timeout=(CONNECT_WITHIN, WITHIN),
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response, ends)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise ProviderDown from error
    if response.status_code >= 500 or 300 <= response.status_code < 400:
        raise ProviderDown
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return Answer(response.status_code, kind, body)


def _read(response: requests.Response, ends: float) -> bytes:
    """The body, unless it is too long or too slow in coming."""
    body = bytearray()
    while chunk := response.raw.read1(8192, decode_content=True):
        body += chunk
        if len(body) > LARGEST or time.monotonic() > ends:
            raise ProviderDown
    return bytes(body)
