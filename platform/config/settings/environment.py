"""Reads what the outside tells us. Nothing else in the house looks at the environment."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[3]
STATE = Path(os.environ.get("REMPART_STATE") or ROOT / ".run")


def text(name: str, default: str | None = None) -> str:
    """A variable, or the default; without either the process says what is missing and stops."""
    value = os.environ.get(name, default)
    if value is None:
        raise ImproperlyConfigured(
            f"{name} is not set. infra/env.example lists every variable; ./infra/bin/manage sets "
            "them for the embedded servers."
        )
    return value


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def secret(name: str) -> str:
    """One line of hexadecimal text from the file that the variable names; empty when unset."""
    path = os.environ.get(name, "")
    return Path(path).read_text(encoding="ascii").strip() if path else ""


def vault() -> dict[str, str]:
    """Where the root key is when a Vault holds it; without an address there is none."""
    names = ("address", "token_file", "name", "mount", "namespace", "ca_file")
    found = {name: os.environ.get(f"REMPART_VAULT_{name.upper()}", "") for name in names}
    return {name: value for name, value in found.items() if value}
