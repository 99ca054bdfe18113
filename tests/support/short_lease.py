"""The real application with a lease of 4 s instead of 30, so that a test need not wait so long."""

from kernel.live import limits

limits.LEASE = 4.0

from config.asgi import application  # noqa: E402  the lease is shortened before anything runs

__all__ = ["application"]
