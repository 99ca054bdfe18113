"""Bytes that people have sent, given out by the origin of the pages: inert, whatever they hold.

An origin of their own would add nothing: a browser saves them, never guesses what they are, gives
them no origin and no right, and no other site may load them or frame them.
"""

from django.http import HttpResponse

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
