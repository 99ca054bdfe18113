"""The same page in clear: the texts are known beforehand and no key is read or opened."""

import gc
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.test import RequestFactory, override_settings

from infra.bench.measuring.people import SignedIn
from kernel.crypto import cases, periods
from kernel.crypto.cases import CaseCipher
from referrals.casefile import selectors

WARM_UP = 20
SIDES = ("sealed", "clear", "cold")


class Clear:
    """Stands where a cipher does, on a page whose texts were opened once before."""

    def __init__(self) -> None:
        self.texts: dict[tuple[str, str, UUID], str] = {}

    def open(self, table: str, column: str, row_id: UUID, sealed: object) -> str:
        """The text, as if it had stood in the row."""
        return self.texts[table, column, row_id]


class Noting(Clear):
    """Opens with a real cipher and notes what it opened."""

    def __init__(self, cipher: CaseCipher) -> None:
        super().__init__()
        self._cipher = cipher

    def open(self, table: str, column: str, row_id: UUID, sealed: Any) -> str:
        """The text, noted."""
        text = self._cipher.open(table, column, row_id, sealed)
        self.texts[table, column, row_id] = text
        return text


class CasePage:
    """One person's page of one case, answered in this process on one connection."""

    def __init__(self, person: SignedIn, case_id: UUID) -> None:
        self._person, self._path = person, f"/dossiers/{case_id}/"
        handler = BaseHandler()
        kept = [one for one in settings.MIDDLEWARE if not one.startswith("whitenoise.")]
        with override_settings(MIDDLEWARE=kept):
            handler.load_middleware()
        self._answer = handler.get_response
        self._clear = Clear()
        real = selectors.cipher_of
        noted: list[Noting] = []

        def noting(case: Any) -> Any:
            noted.append(Noting(real(case)))
            return noted[-1]

        with _cipher_by(noting):
            self._ask()
        for one in noted:
            self._clear.texts |= one.texts

    def values(self) -> int:
        """How many sealed values stand on the page."""
        return len(self._clear.texts)

    def milliseconds(self, runs: int) -> dict[str, float]:
        """Medians: sealed with keys remembered, in clear, sealed with nothing remembered."""
        chance = random.Random(runs)
        took: dict[str, list[int]] = {side: [] for side in SIDES}
        gc.collect()
        gc.disable()
        try:
            for run in range(-WARM_UP, runs):
                for side in chance.sample(SIDES, len(SIDES)):
                    nanoseconds = self._timed(side)
                    if run >= 0:
                        took[side].append(nanoseconds)
        finally:
            gc.enable()
        return {side: statistics.median(found) / 1e6 for side, found in took.items()}

    def _timed(self, side: str) -> int:
        if side == "cold":
            cases._cache.clear()
            periods._cache.clear()
        if side == "clear":
            with _cipher_by(lambda case: self._clear):
                return self._ask()
        return self._ask()

    def _ask(self) -> int:
        request: HttpRequest = RequestFactory(SERVER_NAME="127.0.0.1").get(self._path)
        request.COOKIES[settings.SESSION_COOKIE_NAME] = self._person.cookie
        began = time.perf_counter_ns()
        answer = self._answer(request)
        took = time.perf_counter_ns() - began
        if answer.status_code != 200:
            raise RuntimeError(f"The page answers {answer.status_code}")
        return took


@contextmanager
def _cipher_by(maker: Callable[[Any], Any]) -> Iterator[None]:
    before = selectors.cipher_of
    selectors.cipher_of = maker
    try:
        yield
    finally:
        selectors.cipher_of = before
