"""The talking half of a socket: looks for news, tells them, and knows when to stop."""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Protocol, TypeVar
from uuid import UUID, uuid4

from channels.db import database_sync_to_async
from django.db import Error as DatabaseProblem

from kernel.live import frames, limits, looking, rooms
from kernel.live.hub import hub

T = TypeVar("T")
logger = logging.getLogger(__name__)
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="live")


async def in_thread(work: Callable[..., T], *values: Any) -> T:
    """One whole unit of database work, on a thread of the live part's own."""
    return await database_sync_to_async(work, thread_sensitive=False, executor=_threads)(*values)


_leaving: set[asyncio.Task[None]] = set()


async def _leave_later(room: str, visit: UUID, grace: float) -> None:
    """End a visit after a while: a page that is loaded again is not somebody who left.

    A server that stops cancels the wait, not the leaving.
    """
    with suppress(asyncio.CancelledError):
        await asyncio.sleep(grace)
    try:
        await in_thread(looking.leave, room, visit)
    except DatabaseProblem:
        logger.warning("a visit could not be ended; it runs out by itself")


class Socket(Protocol):
    """What a listener needs of the socket it speaks through."""

    async def send(self, text_data: str | None = None) -> None: ...

    async def close(self, code: int | None = None) -> None: ...

    def abort(self) -> None: ...


class _Over(Exception):
    """The conversation ends, with this close code."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(str(code))


class Listener:
    """Tells one socket what happens in its rooms.

    The table is the queue: at most one batch of events is in memory, and each batch is read in
    the same look that finds the session alive. Two tasks: one looks and tells, the other watches
    the clock (lease, ping, silence, life), so that neither a frozen reader nor an unreachable
    PostgreSQL can hold the socket open.
    """

    def __init__(self, socket: Socket, token: str) -> None:
        self._socket, self._token = socket, token
        self._asked: dict[str, int] = {}
        self._heard: dict[str, int] = {}
        self._catching_up: set[str] = set()
        self._visits: dict[str, UUID] = {}
        self._gone: list[str] = []
        self._bell = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        moment = time.monotonic()
        self._born = self._seen_alive = self._last_word = self._pinged = self._stayed = moment
        self._ended, self._code = False, 0

    def start(self) -> None:
        """Begin to look and to watch the clock."""
        self._tasks = [
            asyncio.create_task(self._until_over(self._tell)),
            asyncio.create_task(self._until_over(self._watch_the_clock)),
        ]

    def hear(self, message: frames.Message) -> None:
        """Take in what the browser said. Raises BadFrame when it asks for too many rooms."""
        self._last_word = time.monotonic()
        match message:
            case frames.Watch(room, last_seq):
                if len(self._heard.keys() | self._asked.keys() | {room}) > limits.ROOMS:
                    raise frames.BadFrame(limits.AGAINST_THE_RULES)
                self._asked[room] = last_seq
            case frames.Unwatch(room):
                self._asked.pop(room, None)
                self._gone.append(room)
            case frames.Pong():
                return
        self._bell.set()

    async def end(self, code: int) -> None:
        """Close the socket; drop the connection when not even that can be sent."""
        if self._ended:
            return
        self._ended, self._code = True, code
        try:
            await asyncio.wait_for(self._socket.close(code), timeout=1)
        except TimeoutError:
            self._socket.abort()
        except Exception:  # noqa: BLE001  the peer is gone, in one of the server's many words for it
            logger.debug("the socket was gone before it could be closed")

    async def stop(self) -> None:
        """The socket is gone: end the tasks and every visit, and give back the places."""
        self._ended = True
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        hub.depart(self._token)
        for room in tuple(self._heard):
            hub.leave(room, self._bell.set)
        grace = 0.0 if self._code == limits.ENDED else limits.LEAVE_AFTER
        for room, visit in self._visits.items():
            leaving = asyncio.create_task(_leave_later(room, visit, grace))
            _leaving.add(leaving)
            leaving.add_done_callback(_leaving.discard)

    async def _until_over(self, work: Callable[[], Any]) -> None:
        try:
            await work()
        except _Over as over:
            await self.end(over.code)
        except Exception:
            if not self._ended:
                logger.exception("a socket is closed after an error")
            await self.end(limits.BROKEN)

    async def _tell(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), timeout=limits.LOOK_EVERY)
            self._bell.clear()
            try:
                await self._look_once()
            except DatabaseProblem:
                logger.warning("a socket could not look; it is closed if that goes on")
                await asyncio.sleep(limits.LOOK_EVERY)

    async def _look_once(self) -> None:
        await self._forget_rooms()
        asked, self._asked = self._asked, {}
        began = time.monotonic()
        try:
            found = await in_thread(looking.look, self._token, asked, dict(self._heard))
        except DatabaseProblem:
            self._asked = {**asked, **self._asked}
            raise
        if found is None:
            renewed = await in_thread(looking.is_renewed, self._token)
            raise _Over(limits.RENEWED if renewed else limits.ENDED)
        self._seen_alive = began
        for room, seq in found.admitted.items():
            await self._admit(room, seq, found)
        for room in found.refused:
            self._drop(room)
            await self._leave(room)
            await self._send(frames.refused(room))
        for event in found.events:
            if event.room not in self._heard:
                continue
            await self._send(frames.event(event.room, event.seq, event.kind, event.subject))
            self._heard[event.room] = event.seq
            if time.monotonic() - began > limits.LOOK_LASTS:
                return self._bell.set()
        if found.more:
            return self._bell.set()
        for room in tuple(self._catching_up):
            self._catching_up.discard(room)
            await self._send(frames.caught_up(room, self._heard[room]))
        await self._stay()

    async def _admit(self, room: str, seq: int, found: looking.Look) -> None:
        if room not in self._visits and rooms.notes_visits(room):
            visit = uuid4()
            if not await in_thread(looking.enter, self._token, room, visit):
                found.refused.append(room)
                return
            self._visits[room] = visit
        self._heard[room] = seq
        self._catching_up.add(room)
        hub.join(room, self._bell.set)

    async def _forget_rooms(self) -> None:
        while self._gone:
            room = self._gone.pop()
            self._drop(room)
            await self._leave(room)

    def _drop(self, room: str) -> None:
        if self._heard.pop(room, None) is not None:
            hub.leave(room, self._bell.set)
        self._catching_up.discard(room)

    async def _stay(self) -> None:
        if not self._visits or time.monotonic() - self._stayed < limits.STAY_EVERY:
            return
        self._stayed = time.monotonic()
        for room, visit in tuple(self._visits.items()):
            await in_thread(looking.stay, room, visit)

    async def _leave(self, room: str) -> None:
        visit = self._visits.pop(room, None)
        if visit is not None:
            await _leave_later(room, visit, 0.0)

    async def _watch_the_clock(self) -> None:
        while True:
            await asyncio.sleep(1)
            moment = time.monotonic()
            if moment - self._seen_alive > limits.LEASE:
                raise _Over(limits.ENDED)
            if moment - self._last_word > limits.SILENT_FOR or moment - self._born > limits.LIFE:
                raise _Over(limits.WENT_AWAY)
            if moment - self._pinged > limits.PING_EVERY:
                self._pinged = moment
                await self._send(frames.ping())

    async def _send(self, text: str) -> None:
        try:
            await asyncio.wait_for(self._socket.send(text), timeout=limits.SEND_WITHIN)
        except TimeoutError as error:
            raise _Over(limits.TRY_AGAIN_LATER) from error
