"""What is shown once, at a terminal."""

from __future__ import annotations

from typing import TextIO, cast

import segno
from django.core.management.base import OutputWrapper

from agencies.models import Authenticator


def show_authenticator(out: OutputWrapper, device: Authenticator) -> None:
    """Print the authenticator's secret as a QR code and as the address inside it."""
    code = segno.make(device.config_url, micro=False)
    code.terminal(out=cast(TextIO, out), compact=True)
    out.write(device.config_url)
