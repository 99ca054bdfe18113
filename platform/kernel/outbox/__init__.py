"""Effects written with the change that causes them, and delivered until they have happened."""

from kernel.outbox.enqueue import enqueue

__all__ = ["enqueue"]
