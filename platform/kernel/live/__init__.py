"""Numbered events, their doorbell, and the sockets that hear it."""

from kernel.live.announce import announce

__all__ = ["announce"]
