"""One connection per role. Each role can do one thing, and only the owner can change a table."""

from config.settings.environment import text

_ROLES = {
    "default": "runtime",
    "side": "runtime",
    "signin": "signin",
    "operator": "operator",
    "worker": "worker",
    "sealer": "sealer",
    "auditor": "auditor",
    "keeper": "keeper",
    "owner": "owner",
}
_POOLED = {"default", "side", "signin", "worker"}
_PATIENCE = {
    "owner": 0,
    "operator": 600_000,
    "auditor": 600_000,
    "keeper": 600_000,
    "sealer": 60_000,
}


def databases(*, name: str | None = None, pooled: bool = True) -> dict[str, dict[str, object]]:
    """The DATABASES setting: an alias for each role, with time limits on everything."""
    return {alias: _database(alias, role, name, pooled) for alias, role in _ROLES.items()}


def _database(alias: str, role: str, name: str | None, pooled: bool) -> dict[str, object]:
    patience = _PATIENCE.get(alias, 10_000)
    limits = {
        "statement_timeout": patience,
        "lock_timeout": 0 if alias == "owner" else 5_000,
        "idle_in_transaction_session_timeout": 0 if alias == "owner" else 30_000,
    }
    options: dict[str, object] = {
        "connect_timeout": 5,
        "tcp_user_timeout": 5000,
        "keepalives_idle": 5,
        "sslmode": text("REMPART_DB_SSLMODE", "prefer"),
        "application_name": f"rempart-{role}",
        "options": " ".join(f"-c {key}={value}" for key, value in limits.items()),
    }
    if pooled and alias in _POOLED:
        options["pool"] = {"min_size": 0, "max_size": 16, "timeout": 5, "max_idle": 120}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": text("REMPART_DB_HOST", ""),
        "PORT": text("REMPART_DB_PORT", ""),
        "NAME": name or text("REMPART_DB_NAME", "rempart"),
        "USER": f"rempart_{role}",
        "PASSWORD": text(f"REMPART_DB_PASSWORD_{role.upper()}", ""),
        "ATOMIC_REQUESTS": False,
        "CONN_MAX_AGE": 0,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": options,
    }
