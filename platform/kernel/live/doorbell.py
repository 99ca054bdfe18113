"""The doorbell between processes. It may fail at any time: sockets also look by themselves."""

import logging
from functools import cache

import redis
from django.conf import settings

CHANNEL = "rempart:doorbell"
logger = logging.getLogger(__name__)


@cache
def _bell() -> redis.Redis:
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.25, socket_connect_timeout=0.25
    )


def ring(message: str) -> None:
    """Publish a room and a number. Never raises: a bell out of order delays and loses nothing."""
    try:
        _bell().publish(CHANNEL, message)
    except redis.RedisError:
        logger.warning("the doorbell did not ring; sockets will catch up by themselves")
