"""A server on this machine that speaks as the transit engine of a Vault does."""

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN = "s.for-tests-only"


class Vault:
    """One key with its versions, and what was asked of it."""

    def __init__(self) -> None:
        self.versions = [AESGCM.generate_key(256)]
        self.oldest = 1
        self.asked: list[str] = []
        self.down = False
        self.address = ""

    def rotate(self) -> None:
        """A new version wraps from now on."""
        self.versions.append(AESGCM.generate_key(256))

    def answer(self, verb: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """What the engine answers, with its status."""
        if verb == "keys":
            return 200, {"latest_version": len(self.versions), "type": "aes256-gcm96"}
        context = base64.b64decode(body["associated_data"], validate=True)
        if verb == "encrypt":
            nonce, key = os.urandom(12), AESGCM(self.versions[-1])
            sealed = nonce + key.encrypt(nonce, base64.b64decode(body["plaintext"]), context)
            text = base64.b64encode(sealed).decode()
            return 200, {"ciphertext": f"vault:v{len(self.versions)}:{text}"}
        _vault, version, text = body["ciphertext"].split(":")
        number = int(version[1:])
        if not self.oldest <= number <= len(self.versions):
            return 400, {}
        sealed = base64.b64decode(text, validate=True)
        try:
            opened = AESGCM(self.versions[number - 1]).decrypt(sealed[:12], sealed[12:], context)
        except InvalidTag:
            return 400, {}
        return 200, {"plaintext": base64.b64encode(opened).decode()}


@contextmanager
def a_vault() -> Iterator[Vault]:
    """A Vault that answers while the block lasts."""
    vault = Vault()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._say()

        def do_GET(self) -> None:
            self._say()

        def _say(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length) or b"{}")
            parts = self.path.strip("/").split("/")
            vault.asked.append(parts[2])
            status, data = 403, {}
            if vault.down:
                status = 503
            elif self.headers.get("X-Vault-Token") == TOKEN and parts[3:] == ["rempart"]:
                status, data = vault.answer(parts[2], body)
            told = json.dumps({"data": data} if status == 200 else {"errors": []}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vault.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield vault
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
