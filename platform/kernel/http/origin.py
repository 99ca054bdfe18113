"""Where a request really comes from, when proxies stand in between."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The address of the client. With ``PROXY_HOPS`` of our own proxies, what the first saw.

    Only the last entries of X-Forwarded-For were written by our proxies; everything before them is
    whatever the client chose to send. Without a proxy the header is not read at all.
    """
    peer = str(request.META.get("REMOTE_ADDR", ""))
    hops: int = settings.PROXY_HOPS
    if hops < 1:
        return peer
    seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    return seen[-hops] if len(seen) >= hops and seen[-hops] else peer
