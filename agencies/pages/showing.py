"""What a page shows of a new authenticator, in the one answer that ever does."""

from __future__ import annotations

from base64 import b32encode

from agencies.models import Authenticator


def shown_once(device: Authenticator) -> dict[str, object]:
    """The address inside the QR code, and the seed in groups of four for those who type it."""
    text = b32encode(device.bin_key).decode()
    groups = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return {"address": device.config_url, "seed": groups}
