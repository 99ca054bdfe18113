"""Bytes that people have sent, given out by the origin of the pages: inert, whatever they hold.

An origin of their own would add nothing: a browser saves them, never guesses what they are, gives
them no origin and no right, and no other site may load them or frame them.
"""

from collections.abc import AsyncIterator, Iterable
from functools import partial
from typing import cast

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse

from kernel.files.names import disposition

POLICY = "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}


def given(content: bytes, media: str, name: str, *, inline: bool = False) -> HttpResponse:
    """An answer of these bytes. Only a picture that we have drawn ourselves is shown ``inline``."""
    response = HttpResponse(content, content_type=media, headers=HEADERS)
    response.headers["Content-Disposition"] = disposition(name, inline=inline)
    return response


class Pieces(StreamingHttpResponse):
    """Bytes that are too many to be held at once, by either kind of server."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        following = partial(next, iter(cast(Iterable[bytes], self.streaming_content)), None)
        while (piece := await sync_to_async(following)()) is not None:
            yield piece


def given_in_pieces(pieces: Iterable[bytes], length: int, media: str, name: str) -> HttpResponse:
    """The same piece by piece. Whoever gets fewer bytes than ``length`` knows that it broke off."""
    response = Pieces(pieces, content_type=media, headers=HEADERS)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Length"] = str(length)
    # Views are declared to answer with the one kind; what handles answers asks for none of it.
    return cast(HttpResponse, response)
