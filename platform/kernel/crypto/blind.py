"""The blind index: equal combinations give equal bytes, and nothing else can be read from them."""

import hashlib
import hmac
import struct
import unicodedata

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

VERSION = b"\x01"
_PLAIN = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"}
)
"""Letters that Unicode does not take apart and that keyboards replace."""
_KEPT = {"Ll", "Lo", "Lt", "Lu", "Mc", "Nd", "Nl", "No"}
"""Letters, vowel signs and digits; no accents, no punctuation, no modifying letters."""


def normalised_name(name: str) -> str:
    """A name without accents, case, spaces, hyphens or ligatures: what two spellings share."""
    folded = _decomposed(_decomposed(name).casefold()).translate(_PLAIN)
    return "".join(c for c in folded if unicodedata.category(c) in _KEPT)


def _decomposed(text: str) -> str:
    return unicodedata.normalize("NFKD", text)


def blind_index(label: str, cell_id: int, *parts: str) -> bytes:
    """17 bytes that stand for a combination of values within one cell.

    ``label`` says which combination it is. Never index a lone first name or birth date: equality
    and frequency show to whoever reads the column.
    """
    key = bytes.fromhex(settings.BLIND_KEY)
    if len(key) < 32:
        raise ImproperlyConfigured("REMPART_BLIND_KEY_FILE must hold 64 hexadecimal digits.")
    mac = hmac.new(key, label.encode() + struct.pack(">i", cell_id), hashlib.sha256)
    for part in parts:
        encoded = part.encode()
        mac.update(struct.pack(">H", len(encoded)) + encoded)
    return VERSION + mac.digest()[:16]
