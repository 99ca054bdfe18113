"""What proves who somebody is: a passkey to press for, codes and pictures shown once."""

from collections.abc import Sequence
from typing import Any

import segno
from django.template import Context
from django.utils.safestring import SafeString

from kernel.ui.components.registry import draw, register


@register.simple_tag(takes_context=True)
def ui_passkey(
    context: Context, label: Any, url: str, *, makes: bool = False, variant: str = "primary"
) -> SafeString:
    """A button that asks the browser for a passkey and sends the answer with the form around it.

    ``url`` is where the question is asked by POST; the answer goes into the field ``answer``. With
    ``makes`` a new passkey is made.
    """
    return draw(context, "passkey", label=label, url=url, makes=makes, variant=variant)


@register.inclusion_tag("ui/codes.html")
def ui_codes(label: Any, codes: Sequence[str]) -> dict[str, Any]:
    """Codes to print or to copy down."""
    return {"label": label, "codes": codes}


@register.inclusion_tag("ui/picture_code.html")
def ui_picture_code(content: str, alt: Any) -> dict[str, Any]:
    """A text as a QR code, inside the page itself: no request carries it."""
    drawn = segno.make(content, micro=False)
    size = drawn.symbol_size(scale=5, border=4)[0]
    return {"source": drawn.svg_data_uri(scale=5, light="#fff"), "alt": alt, "size": size}


@register.inclusion_tag("ui/print_button.html")
def ui_print_button(label: Any, *, variant: str = "secondary") -> dict[str, Any]:
    """A button that prints the page."""
    return {"label": label, "variant": variant}
