"""The environment variables of our processes, and the secrets among them. See infra/env.example."""

import os
import secrets
import shlex
from collections.abc import Collection, Mapping
from pathlib import Path
from urllib.parse import quote

from infra.launcher.places import Places
from infra.launcher.problems import Problem

PASSWORDS = (
    *("OWNER", "RUNTIME", "SIGNIN", "OPERATOR", "WORKER", "SEALER", "AUDITOR", "KEEPER"),
    "ADMIN",
)
KEYS = {
    "REMPART_ROOT_KEY_FILE": "root",
    "REMPART_BLIND_KEY_FILE": "blind",
    "REMPART_LOG_KEY_FILE": "log",
}
KEY_OF = {
    "REMPART_ROOT_KEY_FILE": "RUNTIME",
    "REMPART_BLIND_KEY_FILE": "RUNTIME",
    "REMPART_LOG_KEY_FILE": "SEALER",
}
"""Whoever acts as this role needs the key; nobody else is told where it is."""
VALKEY_PASSWORD = "REMPART_VALKEY_PASSWORD"  # noqa: S105 (the name of a variable)
DATABASE = "rempart"


def read_env(path: Path) -> dict[str, str]:
    """The variables of an env file: one NAME='value' on each line, as a shell reads it."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        try:
            words = shlex.split(value)
        except ValueError:
            words = ["", ""]
        if not equals or len(words) > 1:
            raise Problem(f"{path}, line {number}, is not of the form NAME='value'.")
        found[name.strip()] = words[0] if words else ""
    return found


def write_env(path: Path, variables: Mapping[str, str]) -> None:
    """Write an env file in one go, readable by its owner only."""
    text = "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    write_secret(path, text)


def write_secret(path: Path, text: str) -> None:
    """Write a file whole or not at all, with mode 0600 from its first moment."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)
    new.replace(path)


def ensure_secrets(places: Places, *, database_exists: bool) -> dict[str, str]:
    """Read the secrets, making those that are missing. Existing data without them is lost data."""
    known = read_env(places.env_file) if places.env_file.exists() else {}
    lost = [name for name in KEYS if not _key_file(places, name).exists()]
    if database_exists and (lost or not known):
        missing = places.env_file if not known else _key_file(places, lost[0])
        raise Problem(
            f"The database in {places.state} is there, but {missing} is not, and without it "
            "nothing can be read.\n"
            "Put the file back from a copy, or start over with an empty database: "
            "./infra/bin/demo --reset"
        )
    known.setdefault("REMPART_SECRET_KEY", secrets.token_urlsafe(48))
    known.setdefault(VALKEY_PASSWORD, secrets.token_urlsafe(24))
    for word in PASSWORDS:
        known.setdefault(f"REMPART_DB_PASSWORD_{word}", secrets.token_urlsafe(24))
    places.keys.mkdir(mode=0o700, exist_ok=True)
    for name in lost:
        write_secret(_key_file(places, name), secrets.token_hex(32) + "\n")
    return known


def _key_file(places: Places, variable: str) -> Path:
    return places.keys / f"{KEYS[variable]}.key"


def addresses(
    places: Places, known: Mapping[str, str], sockets: Path, settings: str
) -> dict[str, str]:
    """Everything that follows from where the servers of this command are."""
    socket = quote(str(sockets / "valkey.sock"))
    password = quote(known[VALKEY_PASSWORD])
    return {
        "REMPART_STATE": str(places.state),
        "DJANGO_SETTINGS_MODULE": settings,
        "REMPART_DB_HOST": str(sockets),
        "REMPART_DB_PORT": "5432",
        "REMPART_DB_NAME": DATABASE,
        "REMPART_DB_SSLMODE": "disable",
        "REMPART_DB_ADMIN_USER": "rempart_admin",
        "REMPART_REDIS_URL": f"unix://:{password}@{socket}?db=0",
        "REMPART_BROKER_URL": f"redis+socket://:{password}@{socket}?virtual_host=1",
        "REMPART_MAIL_DIR": str(places.state / "mail"),
        "REMPART_BUNDLE_DIR": str(places.bundle),
        "REMPART_LOG_MEMORY": str(places.state / "log-memory"),
        "REMPART_STATIC_ROOT": str(places.state / "static"),
        "REMPART_LOG_PUBLIC_KEYS": _public_half(_key_file(places, "REMPART_LOG_KEY_FILE")),
        **{name: str(_key_file(places, name)) for name in KEYS},
    }


def _public_half(seed_file: Path) -> str:
    """What checks the record's signatures, as hexadecimal text: only the sealer needs the seed."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    seed = bytes.fromhex(seed_file.read_text().split()[0])
    return Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw().hex()


def web_addresses(port: int) -> dict[str, str]:
    """Everything that follows from the port that the pages are served on."""
    return {
        "REMPART_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "REMPART_ORIGINS": f"http://localhost:{port},http://127.0.0.1:{port}",
        "REMPART_PUBLIC_ADDRESS": f"http://localhost:{port}",
    }


def held_by(roles: Collection[str], environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a process that acts as these roles and holds no other's password."""
    withheld = {f"REMPART_DB_PASSWORD_{word}" for word in PASSWORDS if word not in roles}
    withheld |= {"REMPART_DB_ADMIN_USER", VALKEY_PASSWORD}
    withheld |= {name for name in KEYS if KEY_OF[name] not in roles}
    return {name: value for name, value in environment.items() if name not in withheld}
