"""One person in front of a browser of their own: what they do, and what it complains about."""

import time
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.agencies.factories import Person

AXE = (
    Path(__file__).resolve().parents[2]
    / "platform/kernel/ui/frontend/node_modules/axe-core/axe.min.js"
)
GRAVE = {"serious", "critical"}
PATIENCE = 15_000
"""Milliseconds: the machine that runs the tests may be busy."""

ASKED_WHEN_LEFT = ("htmx:sendAbort,", "htmx:afterRequest,")
"""What htmx tells of a question that the page had asked when it was left.

One that failed is told as well by its own name: sendError, timeout, responseError.
"""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


class Desk:
    """A browser window with cookies of its own, in French, at one width.

    ``complaints`` gathers what must never happen: an error or a warning of the console (which is
    where violations of the content policy are told), an exception, a request to another origin,
    an answer of 500 or more, a page that is wider than the window, a barrier that axe finds.
    """

    def __init__(
        self,
        browser: Any,
        origin: str,
        person: Person,
        *,
        width: int = 1280,
        expecting: tuple[str, ...] = (),
    ) -> None:
        self.origin, self.person, self.expecting = origin, person, expecting
        self.complaints: list[str] = []
        self.asked_at = time.monotonic()
        self.context = browser.new_context(
            viewport={"width": width, "height": 844 if width < 600 else 900}, locale="fr-FR"
        )
        self.context.set_default_timeout(PATIENCE)
        self.page = self.another_tab()

    def another_tab(self) -> Any:
        """A tab that shares the cookies, watched like the first."""
        page = self.context.new_page()
        page.on("console", self._console)
        page.on("pageerror", lambda error: self._complain(f"exception: {error}"))
        page.on("request", self._request)
        page.on("response", self._response)
        return page

    def leave(self) -> None:
        """Close the window."""
        self.context.close()

    def opens(self, path: str) -> None:
        """Go to an address of the site."""
        self.page.goto(self.origin + path)

    def signs_in(self, page: Any = None, *, steps: int = 0) -> None:
        """Password, then the code of the authenticator, as anybody would type them.

        A code serves once: ``steps`` says how many have been used.
        """
        page = page or self.page
        page.goto(self.origin + "/connexion/")
        page.get_by_label("Adresse").fill(self.person.email)
        page.get_by_label("Mot de passe").fill(self.person.password)
        page.get_by_role("button", name="Continuer").click()
        page.get_by_label("Code à six chiffres").fill(self.person.code(steps=steps))
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(self.origin + "/")

    def keeps_the_page(self) -> None:
        """From here on a reload would be noticed."""
        self.page.evaluate("window.stillTheSamePage = true")

    def still_on_the_same_page(self) -> bool:
        """Whether what is shown came without a reload."""
        return bool(self.page.evaluate("window.stillTheSamePage === true"))

    def settles(self) -> None:
        """Wait until the page asks for nothing more, so that what comes next is news."""
        quiet = 2.5
        until(self.page, lambda: time.monotonic() - self.asked_at > quiet, what="it is quiet")

    def clean(self, page: Any = None) -> None:
        """Note the barriers that axe finds, and whether the page is wider than the window."""
        page = page or self.page
        page.evaluate(_axe())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        for violation in found["violations"]:
            if violation["impact"] in GRAVE:
                nodes = [node["target"] for node in violation["nodes"]]
                self._complain(f"axe at {page.url}: {violation['id']} {nodes[:4]}")
        root = "document.documentElement"
        if page.evaluate(f"{root}.scrollWidth > {root}.clientWidth"):
            self._complain(f"wider than the window: {page.url}")

    def _complain(self, text: str) -> None:
        if not any(part in text for part in self.expecting):
            self.complaints.append(text)

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(ASKED_WHEN_LEFT):
            self._complain(f"console at {message.location.get('url', '')}: {message.text}")

    def _request(self, request: Any) -> None:
        self.asked_at = time.monotonic()
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss"):
            here = urlsplit(self.origin).netloc
            if parts.netloc != here:
                self._complain(f"request to another origin: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 500:
            self._complain(f"{response.status} from {response.url}")


def until(page: Any, true: Any, *, within: float = PATIENCE / 1000, what: str = "") -> Any:
    """The first true answer while the page goes on living: a strict policy forbids its polling."""
    end = time.monotonic() + within
    while not (answer := true()):
        assert time.monotonic() < end, f"not within {within} s: {what}"
        page.wait_for_timeout(50)
    return answer
