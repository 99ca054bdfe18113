"""One ear per process for the doorbell: it wakes the local sockets of the room that rang."""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import Callable

from django.conf import settings
from redis.asyncio import Redis
from redis.exceptions import RedisError

from kernel.live import limits
from kernel.live.doorbell import CHANNEL

Wake = Callable[[], None]
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 5.0
logger = logging.getLogger(__name__)


class Hub:
    """Knows which sockets of this process listen to which room.

    It carries a room and a number and nothing else: each socket looks up what happened with its
    own rights. A bell that is never heard costs a socket its patience of 1.5 s, and nothing else.
    """

    def __init__(self) -> None:
        self._rooms: defaultdict[str, set[Wake]] = defaultdict(set)
        self._sockets: defaultdict[str, int] = defaultdict(int)
        self._listening: asyncio.Task[None] | None = None

    def arrive(self, token: str) -> bool:
        """Count a socket of a session; False when the session has too many already."""
        if self._sockets[token] >= limits.SOCKETS_PER_SESSION:
            return False
        self._sockets[token] += 1
        if self._listening is None or self._listening.done():
            self._listening = asyncio.get_running_loop().create_task(self._listen())
        return True

    def depart(self, token: str) -> None:
        """A socket that had arrived is gone."""
        self._sockets[token] -= 1
        if self._sockets[token] <= 0:
            del self._sockets[token]

    def join(self, room: str, wake: Wake) -> None:
        """Wake this socket when the room's bell rings."""
        self._rooms[room].add(wake)

    def leave(self, room: str, wake: Wake) -> None:
        """No longer wake it."""
        self._rooms[room].discard(wake)
        if not self._rooms[room]:
            del self._rooms[room]

    def _rung(self, message: bytes) -> None:
        try:
            room = str(json.loads(message)["room"])
        except (ValueError, KeyError, TypeError):
            logger.warning("the doorbell said something that is not a room")
            return
        for wake in tuple(self._rooms.get(room, ())):
            wake()

    async def _listen(self) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                async with Redis.from_url(
                    settings.REDIS_URL,
                    single_connection_client=True,
                    socket_connect_timeout=2,
                    health_check_interval=10,
                ) as redis:
                    bell = redis.pubsub(ignore_subscribe_messages=True)
                    await bell.subscribe(CHANNEL)
                    pause = FIRST_PAUSE
                    self._wake_everybody()
                    while True:
                        message = await bell.get_message(timeout=10)
                        if message is not None:
                            self._rung(message["data"])
            except (RedisError, OSError):
                logger.warning("the doorbell cannot be heard; sockets look by themselves")
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _wake_everybody(self) -> None:
        """Bells may have rung while nobody could hear them."""
        for wake in {wake for wakes in self._rooms.values() for wake in wakes}:
            wake()


hub = Hub()
