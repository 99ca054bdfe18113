"""A witness key as its holder has it."""

import base64
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.witnessing import cosigning
from kernel.ids import uuid7


class Key:
    """A key pair, and what it says of a note."""

    def __init__(self, name=None):
        self.secret = Ed25519PrivateKey.generate()
        self.name = name or f"temoin.{uuid7().hex[-12:]}.example"
        self.public = self.secret.public_key().public_bytes_raw()
        self.line = cosigning.key_line(self.name, self.public)

    def cosigned(self, note, *, at=None, over=None):
        """The note with this key's line below."""
        stamp = int(time.time() if at is None else at).to_bytes(8, "big")
        text = cosigning.body_of(note) if over is None else over
        said = f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n{text}"
        blob = cosigning.key_id(self.name, self.public) + stamp + self.secret.sign(said.encode())
        return f"{note}\N{EM DASH} {self.name} {base64.b64encode(blob).decode()}\n"
