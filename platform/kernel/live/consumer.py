"""The socket of one open page: reads what it asks for; a listener of its own does the talking."""

import time
from collections import deque

from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import Error as DatabaseProblem

from kernel.errors import DomainError, TooMany
from kernel.live import frames, limits, refusing, wire
from kernel.live.hub import hub
from kernel.live.listener import Listener, in_thread
from kernel.live.looking import is_alive


class LiveConsumer(AsyncWebsocketConsumer):
    """Knows a person by the session cookie alone, and only after both factors were shown.

    A socket outlives the check that opened it: every look of its listener asks again whether the
    session is alive, and every room again whether this person may hear it.
    """

    async def connect(self) -> None:
        """Accept, then say with the close code what is missing: a browser shows no status."""
        self.listener: Listener | None = None
        self._lately: deque[float] = deque(maxlen=limits.MESSAGES_PER_SECOND)
        wire.keep_short(self.base_send)
        await self.accept()
        self.token = refusing.token_of(self.scope)
        if self.token is None:
            return await self.close(limits.SIGN_IN)
        try:
            alive = await in_thread(is_alive, self.token)
        except DatabaseProblem:
            return await self.close(limits.TRY_AGAIN_LATER)
        if not alive:
            await refusing.tell(self.token, None)
            return await self.close(limits.SIGN_IN)
        if not hub.arrive(self.token):
            await refusing.tell(self.token, TooMany())
            return await self.close(limits.TRY_AGAIN_LATER)
        self.listener = Listener(self, self.token)
        self.listener.start()

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """One frame from the browser. Anything outside the conversation ends it."""
        if self.listener is None:
            return
        try:
            self._count()
            message = frames.read(text_data)
            self.listener.hear(message)
        except frames.BadFrame as bad:
            await self.listener.end(bad.code)
            await refusing.tell(self.token, DomainError(code="bad_frame"), "live.frame")

    async def disconnect(self, code: int) -> None:
        """The socket is gone, whoever closed it."""
        if self.listener is not None:
            await self.listener.stop()

    def _count(self) -> None:
        moment = time.monotonic()
        if len(self._lately) == self._lately.maxlen and moment - self._lately[0] < 1.0:
            raise frames.BadFrame(limits.AGAINST_THE_RULES)
        self._lately.append(moment)

    def abort(self) -> None:
        """Drop a connection whose peer does not read."""
        wire.drop(self.base_send)
