"""Where a sign-in comes from."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

SIGNIN: Final = "signin"
"""The connection of the role that reads credentials and mints sessions."""


@dataclass(frozen=True, slots=True)
class Origin:
    """The network address, the browser's own description and the request's id."""

    address: str
    user_agent: str
    request_id: UUID

    @property
    def network(self) -> str:
        """What counts as one place: an IPv4 address, or the /64 that one IPv6 subscriber holds."""
        try:
            found = ipaddress.ip_address(self.address.partition("%")[0])
        except ValueError:
            return self.address
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is not None:
                return str(found.ipv4_mapped)
            return str(ipaddress.ip_network((found, 64), strict=False))
        return str(found)

    @property
    def beginning(self) -> str:
        """Half of an IPv4 address, two groups of an IPv6 one: no more of it is kept."""
        try:
            found = ipaddress.ip_address(self.address.partition("%")[0])
        except ValueError:
            return ""
        if isinstance(found, ipaddress.IPv6Address):
            if found.ipv4_mapped is None:
                return ":".join(found.exploded.split(":")[:2])
            found = found.ipv4_mapped
        return ".".join(str(found).split(".")[:2])

    def digest(self) -> bytes:
        """A keyed digest that lets two sessions from one place be recognised, and nothing else."""
        return salted_hmac("agencies.origin", self.network, algorithm="sha256").digest()
